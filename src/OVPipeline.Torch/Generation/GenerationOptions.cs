namespace OVPipeline.Torch;

/// <summary>How tokens are generated.</summary>
public sealed record GenerationOptions
{
    /// <summary>Tokens at most. Default: 64.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>What logits are divided by before a token is drawn; 0, the default, takes the largest logit.</summary>
    public double Temperature { get; init; }

    /// <summary>Tokens with the largest logits that may be drawn; null, the default, for all.</summary>
    public int? TopK { get; init; }

    /// <summary>The same seed draws the same tokens. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens after which nothing is generated; they are given too. Default: none.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTokens, 1);
        ArgumentNullException.ThrowIfNull(StopTokens);
        if (!double.IsFinite(Temperature) || Temperature < 0)
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, $"Temperature must be at least 0, was {Temperature}.");
        if (TopK is < 1)
            throw new ArgumentOutOfRangeException(nameof(TopK), TopK, $"TopK must be at least 1, was {TopK}.");
    }
}
