using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How much of the rank frontier is measured.</summary>
public sealed record RankFrontierOptions : ExperimentOptions
{
    // A search makes about two hundred passes of V² d_model multiply-adds, of which 2^35 take about a second on two cores.
    private const double ShortPass = 1L << 35, LongestPass = 1L << 39;

    /// <summary>
    /// The ranks, each at most d_model; null for powers of two, the rank of a head, twice that, and d_model.
    /// </summary>
    public IReadOnlyList<int>? Ranks { get; init; }

    /// <summary>Whether of the default ranks only 1, a head's, twice that and d_model are taken.</summary>
    public bool FewRanks { get; init; }

    /// <summary>Fits of other seeds at a head's rank and at twice that, where intervals are shown.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Whether the smallest rank that reaches a figure is searched for between the ranks, with more fits.</summary>
    public bool Bisect { get; init; } = true;

    /// <summary>
    /// Whether lower bounds are certified at the norms of the best head and the best pair, where log-losses are at the model's scale and a
    /// pass over all logits takes at most some seconds.
    /// </summary>
    public bool Bounds { get; init; } = true;

    /// <summary>Steps at most of the search for a bound.</summary>
    public int BoundSteps { get; init; } = 400;

    /// <summary>Few ranks, one fit of 40 steps each, no bounds: for a first look.</summary>
    public static RankFrontierOptions Quick { get; } = new()
    {
        MaxFitSteps = QuickFitSteps,
        FewRanks = true,
        Repeats = 1,
        Bisect = false,
        Bounds = false,
    };

    /// <summary>
    /// The ranks that bounds are certified at, ascending: all of them where a pass over the logits is short, else those of a head and of
    /// twice that; none where it is so long that a bound would take hours.
    /// </summary>
    /// <param name="ranks">The ranks measured.</param>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="headRank">Rank of one head.</param>
    internal IReadOnlyList<int> BoundRanks(IReadOnlyList<int> ranks, TransformerConfig config, int headRank)
    {
        if (!Bounds)
            return [];
        double pass = (double)config.Vocabulary * config.OutputVocabulary * config.DModel;
        if (pass <= ShortPass)
            return ranks;
        return pass <= LongestPass ? [.. ranks.Where(rank => rank == headRank || rank == 2 * headRank)] : [];
    }

    /// <summary>The ranks for a model, ascending.</summary>
    /// <param name="dModel">Width of the residual stream: the most that a rank can be.</param>
    /// <param name="headRank">Rank of one head.</param>
    /// <exception cref="ArgumentException">A rank is below 1 or above d_model.</exception>
    public IReadOnlyList<int> RanksFor(int dModel, int headRank)
    {
        if (Ranks is { } own)
        {
            if (own.Count == 0 || own.Any(rank => rank < 1 || rank > dModel))
                throw new ArgumentException($"Ranks lie in 1 to {dModel} (d_model); were {string.Join(", ", own)}.");
            return [.. own.Distinct().Order()];
        }
        IEnumerable<int> doubling = Enumerable.Range(0, 31).Select(i => 1 << i).TakeWhile(rank => rank <= dModel);
        int[] ranks = [.. doubling.Append(headRank).Append(2 * headRank).Append(dModel).Where(rank => rank <= dModel).Distinct().Order()];
        bool IsOfFew(int rank) => rank == 1 || rank == headRank || rank == 2 * headRank || rank == dModel;
        return FewRanks ? [.. ranks.Where(IsOfFew)] : ranks;
    }
}
