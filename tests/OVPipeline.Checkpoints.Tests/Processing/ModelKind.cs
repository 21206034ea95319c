namespace OVPipeline.Checkpoints.Tests;

/// <summary>What a small model is, whether its configuration says it or not.</summary>
/// <param name="Positions">TransformerLens' name, or <c>none</c>.</param>
/// <param name="Normalization">TransformerLens' name, or <c>none</c>.</param>
internal sealed record ModelKind(string Positions, string Normalization)
{
    public bool Biases { get; init; } = true;

    /// <summary><c>none</c>, <c>serial</c>, or <c>parallel</c>: beside attention, as in GPT-NeoX.</summary>
    public string Mlp { get; init; } = "none";

    /// <summary>An RMS norm before the unembedding, whatever stands before attention.</summary>
    public bool FinalRms { get; init; }

    /// <summary>A norm between embedding and residual stream, as in BLOOM.</summary>
    public bool EmbeddingNorm { get; init; }

    /// <summary>A norm between attention and residual stream beside the one before attention, as in Gemma 2.</summary>
    public bool NormAfterAttention { get; init; }

    public bool Bidirectional { get; init; }

    /// <summary>Whether probabilities are of capped logits.</summary>
    public double? LogitCap { get; init; }

    public bool HasGains => Normalization is "LN" or "RMS";

    public bool Centers => Normalization.StartsWith("LN", StringComparison.Ordinal);

    public bool HasPositions => Positions is "standard" or "shortformer";
}
