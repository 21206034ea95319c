using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The rank frontier as sentences, charts and tables.</summary>
internal static class RankFrontierReport
{
    internal const string ArmsTable = "frontier-arms";
    private const string ByRankTable = "frontier-by-rank", ReachTable = "frontier-reach", SlackTable = "frontier-slack";

    public static ReportSection Of(RankFrontierResult found)
    {
        var failures = found.Failures;
        ReportTable Checked(ReportTable table) => table with { Note = failures.After(table.Note) };
        return new()
        {
            Id = RankFrontier.Description.Name,
            Title = RankFrontier.Description.Title,
            Question = RankFrontier.Description.Question,
            Statements = [.. Statements(found, failures)],
            Charts = [.. Charts(found)],
            Tables =
            [
                ByRank(found),
                Checked(ReachRow.Table(ReachTable, found.Reach, !found.Bisected)),
                Checked(FrontierSlack.Table(SlackTable, found.Slack, found.Model)),
                Checked(Arms(found)),
                .. found.LossByRank is { } losses ? [losses, FrontierBoundsReport.Table(found)] : Array.Empty<ReportTable>(),
            ],
            Notes =
            [
                FrontierBoundsReport.Note(found),
                new("Squared error is another metric", string.Create(CultureInfo.InvariantCulture,
                    $"As an approximation of the identity in squared error, rank r leaves V less the sum of the r largest squared "
                        + $"canonical correlations of the embeddings. Here rank {found.SquaredError.Rank} leaves "
                        + $"{100 * found.SquaredError.SquaredError:0.0} % and yet ranks {100 * found.SquaredError.Top1:0.0} % of the "
                        + $"tokens first: \"a better approximation\" needs a metric.")),
                new("Free factors need no rank", "With factors of one's own choice rank 2 ranks every token first: points on a circle. "
                    + "What rank limits is the margin, at a bounded norm, through embeddings that are given."),
                new("What norm bounds",
                    "Which token ranks first does not change when a circuit is scaled, so any free fit ranks as many first "
                        + "at the head's norm. What the norm bounds is the margin: the log-loss at natural scale, which fits at the norm "
                        + "minimise. Their top-1 is that of the best margins, not the best top-1 at that norm."),
            ],
        };
    }

    public static ReportTable ByRank(RankFrontierResult found)
    {
        // On a narrow console the ranks nearest to a head's stay.
        int Distance(int rank) => (int)Math.Abs(10 * Math.Log2((double)rank / found.HeadRank));
        ReportColumn Column(int rank) => ReportColumn.Share($"{rank}", key: $"top1_rank{rank}") with { Priority = Distance(rank) };
        ReportValue Top1(string way, int rank) => found.Arm(way, rank)?.Top1;
        return new(ByRankTable, "Tokens that each rank puts first",
            [ReportColumn.Heads("r", key: "way"), .. found.Ranks.Select(Column)],
            [.. Ways(found).Select(way => (ReportValue[])[way, .. found.Ranks.Select(rank => Top1(way, rank))])])
        {
            Units = Units(found),
            Note = found.Failures.Note,
        };
    }

    private static ReportTable Arms(RankFrontierResult found)
    {
        string pairNorm = found.Pair is { } pair
            ? string.Create(CultureInfo.InvariantCulture, $", of the pair {pair.Row.Name} {pair.Norm:0.0}")
            : "";
        string norms = string.Create(CultureInfo.InvariantCulture,
            $"Norms are Frobenius norms of W_V W_O: of head {found.Head.Row.Name} {found.Head.Norm:0.0}{pairNorm}.");
        return new(ArmsTable, "Every rank and every way to fill it", [ReportColumn.Heads("way"), .. ArmTable.Columns],
            [.. found.Arms.Select(arm => (ReportValue[])[arm.Way, .. ArmTable.Of(arm.Repeats)])])
        {
            Units = Units(found),
            Note = $"{norms} Truncations are Frobenius-optimal in the V x V map, not accuracy-optimal. A fit seed moves only the random "
                + $"parts of the start; its interval is that of the method, not of training. {ArmTable.StationarityNote}",
        };
    }

    private static string Units(RankFrontierResult found) =>
        $"{Census(found.Model)} Where a circuit was fitted more than once: the mean over fit seeds and its 95 % interval (Student's t).";

    private static string[] Ways(RankFrontierResult found) => [.. found.Arms.Select(arm => arm.Way).Distinct()];

    private static IEnumerable<ReportStatement> Statements(RankFrontierResult found, FrontierFailures failures)
    {
        if (CopyingSentences.NoCopyingHead(found.Found) is { } none)
            yield return new(ReportTopic.Found, none, ArmsTable);
        foreach (var row in found.Reach.Where(row => (found.AtModelScale || !row.IsLoss) && row.Says && (found.Bisected || row.SavesRank)))
            yield return row.Statement(ReachTable);
        foreach (var circuit in found.Slack)
            if (circuit.Statement(SlackTable) is { } statement)
                yield return statement;
        if (found.Pair is { Copies: true } pair && found.AtModelScale && found.Arm(FrontierWay.AtPairNorm, found.HeadRank) is { } fit)
        {
            yield return FrontierVerdicts.HalfTheRank((pair.Row.Name, pair.Row.LogLoss), (fit.Rank, fit.LogLoss),
                failures[FrontierWay.AtPairNorm, fit.Rank], ArmsTable);
        }
        foreach (var statement in FrontierBoundsReport.Statements(found))
            yield return statement;
    }

    private static IEnumerable<ReportChart> Charts(RankFrontierResult found)
    {
        var (head, pair) = (found.Head.Row, found.Pair?.Row);
        double[] ticks = [.. found.Ranks.Select(rank => (double)rank)];
        string[] ways = Ways(found);
        ChartSeries Level(string name, double value) => new(name, [ticks[0], ticks[^1]], [value, value]) { Reference = true };
        ChartSeries[] Levels(Func<CopyingRow, double> value) =>
        [
            Level($"best head {head.Name}", value(head)),
            .. pair is null ? Array.Empty<ChartSeries>() : [Level($"best pair {pair.Name}", value(pair))],
        ];

        yield return ReportChart.Lines("frontier-top1", "What each rank copies",
            "Top-1 share of all tokens. Bars: 95 % interval over fit seeds, where there are several; most are smaller than the markers.",
            "rank r, dimensions", "top-1, % of tokens",
            [.. ways.Select(way => Top1(found, way)), .. Levels(row => 100 * row.Top1)], ticks);
        yield return ReportChart.Lines("frontier-separation", "The same as effective rank",
            "The separation d' that gives the top-1 share, squared. A random code of r dimensions would have d'² = r. "
            + "Points at 0 % or 100 % have no d'.",
            "rank r, dimensions", "d'², dimensions", [.. ways.Select(way => Series(found, way, arm => arm.SquaredSeparation))], ticks);
        string[] atNorm = [.. new[] { FrontierWay.AtHeadNorm, FrontierWay.AtPairNorm }.Where(ways.Contains)];
        yield return ReportChart.Lines("frontier-loss", "What norm limits: log-loss at its natural scale",
            $"Fits are held to the norm of head {head.Name}{(pair is null ? "" : $" or of the pair {pair.Name}")}. Chance is log V."
                + FrontierBoundsReport.Caption(found),
            "rank r, dimensions", "log-loss, nats",
            [
                .. atNorm.SelectMany(way => FrontierBoundsReport.Series(found, Series(found, way, arm => arm.LogLoss), way)),
                .. Levels(row => row.LogLoss),
                Level("chance", Math.Log(found.Model.Vocabulary)),
            ], ticks);
    }

    private static ChartSeries Series(RankFrontierResult found, string way, Func<FrontierArm, double?> value)
    {
        var own = found.Arms.Where(arm => arm.Way == way).OrderBy(arm => arm.Rank).ToArray();
        return new(way, [.. own.Select(arm => (double)arm.Rank)], [.. own.Select(arm => value(arm) ?? double.NaN)]);
    }

    private static ChartSeries Top1(RankFrontierResult found, string way)
    {
        var intervals = found.Arms.Where(arm => arm.Way == way).OrderBy(arm => arm.Rank)
            .Select(arm => ArmTable.Interval(arm.Repeats)).ToArray();
        return Series(found, way, arm => 100 * arm.Top1) with
        {
            Low = [.. intervals.Select(one => 100 * one?.Low ?? double.NaN)],
            High = [.. intervals.Select(one => 100 * one?.High ?? double.NaN)],
        };
    }
}
