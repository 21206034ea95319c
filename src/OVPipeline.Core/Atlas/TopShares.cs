namespace OVPipeline.Core;

/// <summary>How often a row's own token comes out first, and among the first five.</summary>
/// <param name="Top1">Share of rows, in [0, 1].</param>
/// <param name="Top5">Share of rows, in [0, 1]; null for vocabularies of fewer than five tokens.</param>
public readonly record struct TopShares(double Top1, double? Top5)
{
    /// <summary>Counts ranks.</summary>
    /// <param name="ranks">1-based rank of each row's own token.</param>
    /// <param name="vocabulary">Tokens that were ranked.</param>
    /// <exception cref="ArgumentException">There are no ranks.</exception>
    public static TopShares Of(IReadOnlyCollection<int> ranks, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (ranks.Count == 0)
            throw new ArgumentException("A share needs at least one row.", nameof(ranks));
        return new(Within(1), vocabulary < 5 ? null : Within(5));

        double Within(int k) => (double)ranks.Count(rank => rank <= k) / ranks.Count;
    }
}
