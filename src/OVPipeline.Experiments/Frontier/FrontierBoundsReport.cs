using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The frontier from both sides as tables, a chart's lines and sentences.</summary>
internal static class FrontierBoundsReport
{
    internal const string BoundsTable = "frontier-bounds";
    private const string ByRankTable = "frontier-two-sided";

    // What fits from other starts are told apart by, in nats; below that it is where each of them stopped.
    private const double LeastGain = 0.001;

    /// <summary>What a bound does not say; stands wherever one is shown.</summary>
    public const string NotSaid = "It is about log-loss at natural scale through these embeddings: it says nothing of accuracy, of other "
        + "embeddings, or of why training does what it does.";

    /// <summary>For each norm a row for each side and one for what is between them, a column for each rank.</summary>
    public static ReportTable ByRank(RankFrontierResult found)
    {
        int Distance(int rank) => (int)Math.Abs(10 * Math.Log2((double)rank / found.HeadRank));
        var sides = found.Sides;
        int[] ranks = [.. found.Bounds.Where(bound => bound.Way != FrontierWay.TwoHalves).Select(bound => bound.Rank).Distinct().Order()];
        ReportColumn Column(int rank) =>
            ReportColumn.Number($"{rank}", 3, "nats", key: $"log_loss_rank{rank}") with { Priority = Distance(rank) };
        ReportValue[] Row(string name, double norm, Func<FrontierInterval, double> value) =>
            [name, .. ranks.Select(rank => (ReportValue)(sides.At(rank, norm) is { } interval ? value(interval) : default(double?)))];
        return new(ByRankTable, "The least log-loss of each rank at a norm, from both sides",
            [ReportColumn.Heads("r", key: "way"), .. ranks.Select(Column)],
            [.. Norms(found).SelectMany(one => new[]
            {
                Row($"{one.Of} norm: reached", one.Norm, interval => interval.MostLogLoss),
                Row($"{one.Of} norm: none below", one.Norm, interval => interval.LeastLogLoss),
                Row("between", one.Norm, interval => interval.Width),
            })])
        {
            Units = "Nats, over all tokens, at natural scale. The best circuit of a rank and norm lies between the first two rows.",
            Note = "A bound is certified: it holds for every circuit of at most that rank and norm through these embeddings, found or not. "
                + NotSaid,
        };
    }

    /// <summary>A row for each bound, with what it was found by.</summary>
    public static ReportTable Table(RankFrontierResult found)
    {
        var sides = found.Sides;
        return new(BoundsTable, "The bounds, and what is on the other side of them",
            [
                ReportColumn.Heads("way"), ReportColumn.Count("rank"), ReportColumn.Number("norm |A B|", 3, key: "norm"),
                ReportColumn.Number("no circuit below", 4, "nats", key: "least_log_loss"),
                ReportColumn.Number("a circuit has", 4, "nats", key: "most_log_loss"), ReportColumn.Heads("which", key: "reached_by"),
                ReportColumn.Number("between", 4, "nats", key: "log_loss_between"),
                ReportColumn.Number("log loss of a fit at the norm", 4, "nats", key: "fit_log_loss"),
                ReportColumn.Number("of one from the relaxed solution", 4, "nats", key: "refit_log_loss"),
                ReportColumn.Number("relaxed problem", 4, "nats", key: "relaxed_log_loss"),
                ReportColumn.Number("still to gain", 4, "nats", key: "bound_gap"),
                ReportColumn.Count("steps", key: "bound_steps"), ReportColumn.Text("ended", key: "bound_stop"),
            ],
            [
                .. found.Bounds.OrderBy(bound => bound.Norm).ThenBy(bound => bound.Rank)
                    .Select(bound => Row(bound, sides.At(bound.Rank, bound.Norm)!, found.Arm(bound.Way, bound.Rank))),
                .. found.Split is { } split ? [Row(split.Bound, split.Interval, null)] : Array.Empty<ReportValue[]>(),
            ])
        {
            Units = "Nats, over all tokens, at natural scale.",
            Note = Refits(found) + $"What rounding can have done is taken off: at most {MostRounding(found)} nats. Between the two is what "
                + "neither more steps of the search (still to gain) nor a better fit has closed, or what the relaxation leaves open: its "
                + $"best point is a mixture of circuits of the rank, lower than any of them. {NotSaid}",
        };
    }

    /// <summary>The lines of the chart of log-losses: fits with the interval below them, and the bounds.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="fits">The fits at a norm, by rank.</param>
    /// <param name="way">Of which way.</param>
    public static IEnumerable<ChartSeries> Series(RankFrontierResult found, ChartSeries fits, string way)
    {
        if (Norms(found).FirstOrDefault(one => one.Way == way) is not { Way: not null } norm)
            return [fits];
        var sides = found.Sides;
        FrontierInterval?[] intervals = [.. fits.X.Select(rank => sides.At((int)rank, norm.Norm))];
        double[] least = [.. intervals.Select(one => one?.LeastLogLoss ?? double.NaN)];
        double[] most = [.. intervals.Select(one => one?.MostLogLoss ?? double.NaN)];
        return [fits with { Low = least, High = most, Band = true }, new($"no circuit below, at the {norm.Of} norm", fits.X, least)];
    }

    /// <summary>How to read the bands, with a space before it; empty where there are none.</summary>
    public static string Caption(RankFrontierResult found) =>
        found.Bounds.Count == 0 ? "" : $" The best circuit of a rank and norm lies in the band: a bound is its lower edge. {NotSaid}";

    /// <summary>What follows from both sides.</summary>
    public static IEnumerable<ReportStatement> Statements(RankFrontierResult found)
    {
        if (found is { NoBounds: { } reason, AtModelScale: false })
        {
            yield return new(ReportTopic.NotInformative, $"The frontier from both sides: no interval is given, because {reason}.",
                RankFrontierReport.ArmsTable);
            yield break;
        }
        var sides = found.Sides;
        int width = found.Model.DModel;
        (FrontierCircuit? Circuit, string What, string More)[] compared =
        [
            (found.Head, "head", "a second head's rank"), (found.Pair, "the pair", "twice its rank"),
        ];
        foreach (var (circuit, what, more) in compared)
        {
            if (circuit is not { Copies: true, Comparable: true })
                continue;
            int rank = Math.Min(circuit.Row.Rank, width), twice = Math.Min(2 * rank, width);
            if (twice > rank && sides.At(rank, circuit.Norm) is { } own && sides.At(twice, circuit.Norm) is { } wider)
                yield return BoundVerdicts.RankBinds(($"{what} {circuit.Row.Name}", circuit.Row.LogLoss), more, own, wider, BoundsTable);
        }
        if (found.Pair is not { Copies: true, Comparable: true } pair)
            yield break;
        if (sides.At(found.HeadRank, pair.Norm) is { } half
            && BoundVerdicts.HalfTheRank((pair.Row.Name, pair.Row.LogLoss), half, BoundsTable) is { } takes)
            yield return takes;
        if (found.Split is { } split && sides.At(2 * split.HalfRank, pair.Norm) is { } one)
        {
            string heads = string.Create(CultureInfo.InvariantCulture,
                $"{pair.Row.Heads[0]} and {pair.Row.Heads[1]} ({split.Norms[0]:0.0} and {split.Norms[1]:0.0})");
            yield return BoundVerdicts.TwoHalves(heads, split.Interval, one, BoundsTable);
        }
    }

    /// <summary>What a bound is and does not say, or why there is none.</summary>
    public static ReportNote Note(RankFrontierResult found) => found.NoBounds is { } reason
        ? new("No interval", $"What a rank cannot do is not bounded here, because {reason}. A fit shows what a rank can do, never what it "
            + "cannot.")
        : new("What a bound says", "A fit shows what a rank can do, never what it cannot. The log-loss is convex in the whole map, and all "
            + "maps of a rank and a norm lie in one convex hull, so that a tangent at any point bounds all of them from below: whoever "
            + $"fits better comes no lower. {NotSaid}");

    private static ReportValue[] Row(FrontierBound bound, FrontierInterval interval, FrontierArm? fit) =>
    [
        bound.Way, interval.Rank, bound.Norm, interval.LeastLogLoss, interval.MostLogLoss, interval.ReachedBy, interval.Width,
        fit?.Repeats.Min(one => one.Row.LogLoss), bound.Refit?.Row.LogLoss, bound.RelaxedLogLoss, bound.Gap, bound.Steps,
        bound.Stop.ToString(),
    ];

    // Where a fit from the relaxed solution took the place of the one that was there.
    private static string Refits(RankFrontierResult found)
    {
        string[] better =
        [
            .. from bound in found.Bounds
               let fit = found.Arm(bound.Way, bound.Rank)?.Repeats.Min(one => one.Row.LogLoss)
               where bound.Refit?.Row.LogLoss < fit - LeastGain
               orderby bound.Norm, bound.Rank
               select string.Create(CultureInfo.InvariantCulture,
                   $"rank {bound.Rank} at norm {bound.Norm:0.0} by {fit - bound.Refit!.Row.LogLoss:0.000}"),
        ];
        return better.Length == 0
            ? "No fit from a relaxed solution was better by a thousandth of a nat than the fit that was there. "
            : $"Fits from relaxed solutions took the place of those that were there, by nats: {string.Join("; ", better)}. ";
    }

    private static (string Way, string Of, double Norm)[] Norms(RankFrontierResult found) =>
        [.. from bound in found.Bounds
            group bound by (bound.Way, bound.Norm) into one
            orderby one.Key.Norm
            select (one.Key.Way, one.Key.Way == FrontierWay.AtHeadNorm ? "head's" : "pair's", one.Key.Norm)];

    private static string MostRounding(RankFrontierResult found) =>
        found.Bounds.Max(bound => bound.Rounding).ToString("0.0E+0", CultureInfo.InvariantCulture);
}
