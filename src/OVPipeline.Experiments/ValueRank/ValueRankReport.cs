using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>"Change the rank in training" as sentences, a chart and tables.</summary>
internal static class ValueRankReport
{
    private const string RanksTable = "value-rank-means", TrendTable = "value-rank-trend";

    // Of these the first is what the question is about.
    private static readonly Measure[] s_measures =
    [
        new("copying heads", "copying_heads", run => run.CopyingHeads),
        new("induction heads", "induction_heads", run => run.InductionHeads),
        new("heads that are both", "copying_induction_heads", run => run.BothHeads),
        new("heads that copying is spread over", "effective_copying_heads", run => run.EffectiveCopying),
        new("heads that induction is spread over", "effective_induction_heads", run => run.EffectiveInduction),
    ];

    public static ReportSection Of(ValueRankResult found)
    {
        string? reason = found.NotInformative;
        return new()
        {
            Id = ValueRank.Description.Name,
            Title = found.OfOthers is { } others ? $"{ValueRank.Description.Title}: of {others}" : ValueRank.Description.Title,
            Question = ValueRank.Description.Question,
            Status = reason is null ? ReportStatus.Done : ReportStatus.NotInformative,
            Reason = reason is null ? null : reason + ".",
            Statements = [.. Statements(found, reason)],
            Charts = found.Ranks.Count < 2 ? [] : [Chart(found.Ranks)],
            Tables = [Means(found), Trends(found), ValueRankRow.Table(found.Ranks.SelectMany(rank => rank.Runs))],
        };
    }

    private static IEnumerable<ReportStatement> Statements(ValueRankResult found, string? reason)
    {
        if (found.OfOthers is not null)
            yield break;
        if (reason is not null)
        {
            yield return new(ReportTopic.Open,
                $"Whether the number of copying heads follows the value rank in training cannot be said: {reason}.", RanksTable);
            yield break;
        }
        yield return ValueRankVerdicts.Count(Change(found, run => run.CopyingHeads), TrendTable);
        var (smallest, largest) = (found.CopyingRanks[0], found.CopyingRanks[^1]);
        static (int Rank, double Top1) Layer(ValueRankGroup rank) => (rank.ValueRank, rank.Runs.Average(run => run.LayerTop1));
        yield return ValueRankVerdicts.Spread(Change(found, run => run.EffectiveCopying), found.Change(run => run.LayerTop1),
            Layer(smallest), Layer(largest), TrendTable, RanksTable);
    }

    private static ValueRankChange Change(ValueRankResult found, Func<ValueRankRow, double> figure)
    {
        var change = found.Change(figure);
        static string At(ValueRankGroup rank, Func<ValueRankRow, double> figure) =>
            string.Create(CultureInfo.InvariantCulture, $"{rank.Runs.Average(figure):0.0} at rank {rank.ValueRank}");
        string means = string.Join(", ", found.Ranks.Select(rank => At(rank, figure)));
        string moved = string.Create(CultureInfo.InvariantCulture,
            $"{change.Estimate:+0.0;-0.0;0.0} from rank {found.CopyingRanks[^1].ValueRank} to {found.CopyingRanks[0].ValueRank}");
        string interval = string.Create(CultureInfo.InvariantCulture,
            $"95 % interval {change.Low:0.0} to {change.High:0.0} over {found.Differences(figure).Count} seeds");
        string run = string.Create(CultureInfo.InvariantCulture,
            $"{found.Runs.Count} models were trained, on {found.Runs[0].Tokens / 1e6:0.#} million tokens each"); // as informative ones are
        return new(change, $"{means}; {moved}, {interval}; {run}");
    }

    private static ReportTable Means(ValueRankResult found)
    {
        static IEnumerable<ReportColumn> Columns(Measure measure) =>
        [
            ReportColumn.Number(measure.Name, 1, key: measure.Key),
            ReportColumn.Number($"{measure.Name}: from", 1, key: measure.Key + "_from"),
            ReportColumn.Number($"{measure.Name}: to", 1, key: measure.Key + "_to"),
        ];
        static ReportValue[] Row(ValueRankGroup rank) =>
        [
            rank.ValueRank, rank.Runs.Count, .. s_measures.SelectMany(measure => Cells(rank.Mean(measure.Figure))),
            rank.Runs.Average(run => run.BestTop1), rank.Runs.Average(run => run.LayerTop1), rank.Runs.Average(run => run.ValidationLoss),
        ];
        string tokens = string.Create(CultureInfo.InvariantCulture,
            $"{found.Runs.Min(run => run.Tokens):N0} to {found.Runs.Max(run => run.Tokens):N0}");
        return new(RanksTable, "Heads by value rank, means over training seeds",
            [
                ReportColumn.Count("value rank"), ReportColumn.Count("runs"), .. s_measures.SelectMany(Columns),
                ReportColumn.Share("best top1"), ReportColumn.Share("layer top1"), ReportColumn.Number("validation loss", 3, "nats"),
            ],
            [.. found.Ranks.Select(Row)])
        {
            Units = $"{found.Runs.Count} models, trained on {tokens} tokens; from and to: 95 % intervals of the mean over training seeds "
                + "(Student's t).",
            Note = $"Heads of the last layer. A head copies where it ranks at least {100 * GateRow.LeastCopying:0.#} % of all tokens "
                + $"first, and is an induction head where it scores {GateRow.LeastInduction:0.##} or more. The rank of queries and keys is "
                + "the same in all. A head of small rank can copy less, so a threshold on what a head copies counts fewer of them at small "
                + "ranks by itself; over how many heads it is spread, (sum x)² / sum x² of the heads' top-1 shares or induction scores, "
                + "has no threshold.",
        };
    }

    private static ReportTable Trends(ValueRankResult found) => new(TrendTable,
        "The smallest value rank at which heads copy against the largest, seed by seed",
        [
            ReportColumn.Text("of the last layer"), ReportColumn.Count("seeds"), ReportColumn.Number("more heads at the smallest rank", 2),
            ReportColumn.Number("from", 2, key: "more_heads_at_the_smallest_rank_from"),
            ReportColumn.Number("to", 2, key: "more_heads_at_the_smallest_rank_to"),
        ],
        [.. s_measures.Select(measure => (ReportValue[])
        [
            measure.Name, found.Differences(measure.Figure).Count, .. Cells(found.Change(measure.Figure)),
        ])])
    {
        Units = "Differences between models of one seed; from and to: 95 % interval over seeds.",
        Note = $"{s_measures.Length} measures of the same models; the first is what the question is about. Ranks at which a run has no "
            + "head that copies are left out: how copying is split shows where it has formed.",
    };

    private static ReportValue[] Cells(ConfidenceInterval interval) => [interval.Estimate, interval.Low, interval.High];

    private static ReportChart Chart(IReadOnlyList<ValueRankGroup> ranks)
    {
        double[] at = [.. ranks.Select(rank => (double)rank.ValueRank)];
        ChartSeries Series(string name, Func<ValueRankRow, double> figure) =>
            ShownIntervals.Series(name, at, [.. ranks.Select(rank => rank.Mean(figure))]);
        return ReportChart.Lines("value-rank-picture", "Copying and induction heads by value rank",
            $"Means over training seeds ({string.Join(", ", ranks.Select(rank => rank.Runs.Count))}); bars: 95 % intervals.",
            "value rank, dimensions of a head", "heads of the last layer",
            [
                Series("copying heads", run => run.CopyingHeads), Series("induction heads", run => run.InductionHeads),
                Series("spread of copying", run => run.EffectiveCopying),
            ], at);
    }

    private sealed record Measure(string Name, string Key, Func<ValueRankRow, double> Figure);
}
