using System.Globalization;

namespace OVPipeline.Experiments;

/// <summary>When something came to hold for good, as far as checkpoints tell: after one and by the next.</summary>
/// <param name="After">Tokens seen at the last checkpoint where it did not hold; null where it always did.</param>
/// <param name="By">Tokens seen at the first one from which on it did; null where it never came to hold.</param>
public sealed record Milestone(long? After, long? By)
{
    /// <summary>From a checkpoint's tokens and whether it held there.</summary>
    /// <param name="tokens">Tokens trained on at each checkpoint, ascending.</param>
    /// <param name="holds">Whether it held at each.</param>
    public static Milestone Of(IReadOnlyList<long> tokens, IReadOnlyList<bool> holds)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(holds);
        int last = holds.Count - 1;
        while (last >= 0 && holds[last])
            last--;
        return new(last < 0 ? null : tokens[last], last + 1 < tokens.Count ? tokens[last + 1] : null);
    }

    /// <summary>Whether this surely came before another: its latest time is not after the other's earliest.</summary>
    public bool SurelyBefore(Milestone other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return By is { } by && other.After is { } after && by <= after;
    }

    /// <summary>In words.</summary>
    public override string ToString()
    {
        if (By is not { } by)
            return "not by the end";
        return After is { } after ? $"between {Millions(after)} and {Millions(by)}" : $"by {Millions(by)}";
    }

    /// <summary>Tokens in a sentence.</summary>
    internal static string Millions(long tokens) => tokens >= 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{tokens / 1e6:0.##}M")
        : string.Create(CultureInfo.InvariantCulture, $"{tokens:N0}");
}
