using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What a fit within a head's norm could have been at least: <see cref="LowRankFitOptions.KnownFactors"/> made of the head.
/// </summary>
public static class KnownFactors
{
    /// <summary>The head itself, or the best of it where its rank is higher than the fit's.</summary>
    /// <param name="head">The head's map in the residual stream, [d_model, r][r, d_model].</param>
    /// <param name="rank">The rank of the fit.</param>
    /// <returns>One pair of factors, of at most that rank and no more than the head's norm.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="head"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is not at least 1.</exception>
    public static IReadOnlyList<FactoredMatrix> Of(FactoredMatrix head, int rank)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        return [head.Rank <= rank ? head : head.Truncate(rank)];
    }

    /// <summary>
    /// Whether fits could have been the circuit of some heads, so that they can be checked against it: whether it reads the embeddings that
    /// fits go through. Where norms are held, heads of other layers than <see cref="TransformerWeights.ReadingLayer"/> and the direct path,
    /// which has no heads, do not.
    /// </summary>
    internal static bool CouldBe(TransformerWeights weights, IReadOnlyList<HeadIndex> heads) =>
        weights.NormScales is null || (heads.Count > 0 && heads.All(head => head.Layer == weights.ReadingLayer));
}
