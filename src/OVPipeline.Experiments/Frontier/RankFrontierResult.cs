using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What the rank frontier is on a model.</summary>
public sealed record RankFrontierResult : ExperimentResult
{
    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The rank of one head.</summary>
    public required int HeadRank { get; init; }

    /// <summary>Whether log-losses and norms are at the model's scale.</summary>
    public required bool AtModelScale { get; init; }

    /// <summary>The ranks measured, ascending.</summary>
    public required IReadOnlyList<int> Ranks { get; init; }

    /// <summary>Which heads copy.</summary>
    public required CopyingHeads Found { get; init; }

    /// <summary>The best head.</summary>
    public required FrontierCircuit Head { get; init; }

    /// <summary>The best pair; null where no layer has two heads.</summary>
    public FrontierCircuit? Pair { get; init; }

    /// <summary>Every way to fill every rank.</summary>
    public required IReadOnlyList<FrontierArm> Arms { get; init; }

    /// <summary>What no circuit of a rank and norm does; empty where it was not measured, see <see cref="NoBounds"/>.</summary>
    public IReadOnlyList<FrontierBound> Bounds { get; init; } = [];

    /// <summary>Two heads of half the rank each, at the norms of the best pair's heads; null where it was not measured.</summary>
    public FrontierSplit? Split { get; init; }

    /// <summary>Why there are no bounds, in words that follow "because"; null where there are.</summary>
    public string? NoBounds { get; init; }

    /// <summary>The smallest ranks that reach what the model's circuits do.</summary>
    public IReadOnlyList<ReachRow> Reach { get; init; } = [];

    /// <summary>Whether those were searched for between <see cref="Ranks"/>.</summary>
    public required bool Bisected { get; init; }

    /// <summary>The best squared error of the largest rank.</summary>
    public required RankSquaredError SquaredError { get; init; }

    /// <summary>Fits that cannot be what they are meant to be.</summary>
    [JsonIgnore]
    public FrontierFailures Failures => FrontierFailures.Of(Arms, FittedWays(Head, Pair), [.. Known], Model.Vocabulary);

    /// <summary>How near the best head and the best pair are to the frontier of their rank, for ranks that were fitted.</summary>
    [JsonIgnore]
    public IReadOnlyList<FrontierSlack> Slack
    {
        get
        {
            var failures = Failures;
            (string Name, FrontierCircuit? Circuit, string AtNorm)[] compared =
            [
                ($"The best head ({Head.Row.Name})", Head, FrontierWay.AtHeadNorm),
                ($"The best pair ({Pair?.Row.Name})", Pair, FrontierWay.AtPairNorm),
            ];
            return [.. from one in compared
                       where one.Circuit is not null
                       let rank = Math.Min(one.Circuit.Row.Rank, Model.DModel)
                       let free = Arm(FrontierWay.Free, rank)
                       let atNorm = Arm(one.AtNorm, rank)
                       where free is not null && atNorm is not null
                       select new FrontierSlack(one.Name, rank, one.Circuit.Row, free, atNorm, Math.Log(Model.Vocabulary))
                       {
                           Copies = one.Circuit.Copies,
                           AtModelScale = AtModelScale,
                           FitFailed = failures[FrontierWay.Free, rank],
                           AtNormFailed = failures[one.AtNorm, rank],
                       }];
        }
    }

    /// <summary>A way at a rank; null where it was not measured.</summary>
    /// <param name="way">The way, of <see cref="FrontierWay"/>.</param>
    /// <param name="rank">The rank.</param>
    public FrontierArm? Arm(string way, int rank) => Arms.FirstOrDefault(arm => arm.Way == way && arm.Rank == rank);

    /// <summary>The frontier from both sides, an interval for each of <see cref="Bounds"/>, by norm and rank.</summary>
    [JsonIgnore]
    public IReadOnlyList<FrontierInterval> Intervals
    {
        get
        {
            var sides = Sides;
            return [.. from bound in Bounds orderby bound.Norm, bound.Rank select sides.At(bound.Rank, bound.Norm)!];
        }
    }

    /// <summary>The log-losses of the frontier from both sides, rank by rank; null where no bound was certified.</summary>
    [JsonIgnore]
    public ReportTable? LossByRank => Bounds.Count == 0 ? null : FrontierBoundsReport.ByRank(this);

    /// <summary>The main table: the top-1 share of every way at every rank.</summary>
    [JsonIgnore]
    public ReportTable ByRank => RankFrontierReport.ByRank(this);

    /// <inheritdoc/>
    public override ReportSection ToSection() => RankFrontierReport.Of(this);

    /// <summary>
    /// What the best head leaves to its rank at its norm, and what twice the rank adds to that, from both sides; null where it does not
    /// copy or no bounds tell.
    /// </summary>
    [JsonIgnore]
    internal RankSlack? HeadSlack
    {
        get
        {
            int rank = Math.Min(Head.Row.Rank, Model.DModel), twice = Math.Min(2 * rank, Model.DModel);
            var sides = Sides;
            return Head is { Copies: true, Comparable: true } && twice > rank
                && sides.At(rank, Head.Norm) is { } own && sides.At(twice, Head.Norm) is { } wider
                ? RankSlack.Of(Head.Row.LogLoss, (own.LeastLogLoss, own.MostLogLoss), (wider.LeastLogLoss, wider.MostLogLoss))
                : null;
        }
    }

    /// <summary>The frontier from both sides at any rank and norm.</summary>
    [JsonIgnore]
    internal FrontierSides Sides => new(
        [.. Bounds, .. Split is { } split ? [split.Bound] : Array.Empty<FrontierBound>()],
        [.. Arms.SelectMany(FrontierFailures.Points), .. Known],
        Model.Vocabulary);

    // What is known beside the arms: the model's circuits, and fits from relaxed solutions.
    private IEnumerable<FrontierPoint> Known
    {
        get
        {
            var own = new[] { Head.Point, Pair?.Point }.OfType<FrontierPoint>();
            var refits = Bounds.Where(bound => bound.Refit is not null).Select(bound => new FrontierPoint(
                $"a fit of rank {bound.Rank} from the relaxed solution", bound.Rank, bound.Refit!.Norm, bound.Refit.Row.LogLoss));
            return own.Concat(refits);
        }
    }

    /// <summary>The ways that are fits, each with the norm that it is held to.</summary>
    internal static IReadOnlyList<(string Way, double? Norm)> FittedWays(FrontierCircuit head, FrontierCircuit? pair) =>
    [
        (FrontierWay.Free, null),
        (FrontierWay.AtHeadNorm, head.Norm),
        .. pair is null ? Array.Empty<(string, double?)>() : [(FrontierWay.AtPairNorm, pair.Norm)],
    ];
}

/// <summary>What a rank leaves of the identity in squared error at best, and how that circuit copies.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="SquaredError">Share of the identity's squared norm that is left, in [0, 1].</param>
/// <param name="Top1">Share of tokens that it ranks first all the same.</param>
public sealed record RankSquaredError(int Rank, double SquaredError, double Top1);
