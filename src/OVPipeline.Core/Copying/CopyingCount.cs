namespace OVPipeline.Core;

/// <summary>How many tokens the summed OV circuit of some heads copies: ranks first in their own rows, of the whole vocabulary.</summary>
/// <param name="Heads">The heads: one, or two of a layer.</param>
/// <param name="Copied">Tokens that it ranks first.</param>
/// <param name="Tokens">All tokens, V.</param>
/// <param name="MeanReciprocalRank">Mean of 1 / rank of a token in its own row.</param>
public sealed record CopyingCount(IReadOnlyList<HeadIndex> Heads, int Copied, int Tokens, double MeanReciprocalRank)
{
    /// <summary>The share of tokens that it ranks first, in [0, 1].</summary>
    public double Top1 => (double)Copied / Tokens;

    /// <summary>The heads as people write them, <c>1.4 + 1.10</c>.</summary>
    public string Name => string.Join(" + ", Heads);
}
