namespace OVPipeline.Core;

/// <summary>What a low-rank fit learns from: source tokens, the output each is to be mapped to, and optionally a weight for each.</summary>
public sealed class FitExamples
{
    /// <summary>Examples from parallel arrays of 0-based tokens.</summary>
    /// <exception cref="ArgumentException">The arrays differ in length, are empty, or a weight is negative or not finite.</exception>
    public FitExamples(int[] tokens, int[] labels, float[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(labels);
        int weightCount = weights?.Length ?? tokens.Length;
        if (tokens.Length == 0 || tokens.Length != labels.Length || tokens.Length != weightCount)
        {
            string given = $"{tokens.Length} tokens, {labels.Length} labels, {weightCount} weights";
            throw new ArgumentException($"One label (and weight) per token is needed: {given}.", nameof(labels));
        }
        if (weights is not null && (weights.Any(w => !(w >= 0) || !float.IsFinite(w)) || weights.All(w => w == 0)))
            throw new ArgumentException("Weights must be finite, not negative and not all zero.", nameof(weights));
        Tokens = tokens;
        Labels = labels;
        Weights = weights;
    }

    /// <summary>Source tokens.</summary>
    public int[] Tokens { get; }

    /// <summary>The output that each source token is to be mapped to: a token, where outputs are the tokens themselves.</summary>
    public int[] Labels { get; }

    /// <summary>A weight for each example, or null for equal weights.</summary>
    public float[]? Weights { get; }

    /// <summary>Copying: every token of a vocabulary is mapped to itself.</summary>
    public static FitExamples Copying(int vocabulary)
    {
        int[] tokens = [.. Enumerable.Range(0, vocabulary)];
        return new(tokens, tokens);
    }
}
