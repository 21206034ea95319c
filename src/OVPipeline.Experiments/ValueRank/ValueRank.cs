using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Experiment 8: whether the number of copying heads follows the rank of values in training. The models are trained by another command.</summary>
internal sealed class ValueRank : IExperiment
{
    private const string RanksTable = "value-rank-means", RunsTable = "value-rank-runs", TrendTable = "value-rank-trend";
    private const int FewestSeeds = 3;

    public string Name => "value-rank";

    public string Title => "8. Change the rank in training";

    public string Question => "If heads are trained with a quarter or half of the value rank, all else the same, do more of them copy? This is the causal meaning of rank.";

    public int Version => 5;

    public string? Unavailable(ExperimentContext context) => ValueRankRow.Read(context.Options.ValueRankResults).Count > 0 ? null
        : $"there are no results{(context.Options.ValueRankResults is { } folder ? $" in {folder}" : "")}: `TestTheClaim value-rank` trains the models and leaves them there (--value-rank-results)";

    public string? Inputs(RunOptions options) => $"results {string.Join("; ", ValueRankRow.Read(options.ValueRankResults))}";

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var (rows, others) = ValueRankVerdicts.Whose(ValueRankRow.Read(context.Options.ValueRankResults), context.Config);
        var ranks = rows.GroupBy(row => row.ValueRank).OrderBy(group => group.Key).Select(group => group.OrderBy(row => row.Seed).ToArray()).ToArray();
        (string Name, string Key, Func<ValueRankRow, double> Value)[] measures =
        [
            ("copying heads", "copying_heads", row => row.CopyingHeads),
            ("induction heads", "induction_heads", row => row.InductionHeads),
            ("heads that are both", "copying_induction_heads", row => row.BothHeads),
            ("heads that copying is spread over", "effective_copying_heads", row => row.EffectiveCopying),
            ("heads that induction is spread over", "effective_induction_heads", row => row.EffectiveInduction),
        ];
        var copying = ranks.Where(runs => runs.All(run => run.CopyingHeads > 0)).ToArray(); // how copying is split shows where it has formed
        var trends = measures.Select(measure => (measure.Name, Pairs: Differences(copying, measure.Value))).ToArray();
        bool enough = copying.Length >= 2 && trends[0].Pairs.Length >= FewestSeeds && rows.Select(row => row.Tokens).Distinct().Count() == 1;
        string? reason = others is not null ? "these are not of this model's shape, so that nothing is said of it"
            : enough ? null : $"it takes at least {FewestSeeds} seeds at two ranks or more, a head that copies in every run, and all trained for as long; there are {string.Join(", ", ranks.Select(Runs))}";
        return new()
        {
            Id = Name,
            Title = others is null ? Title : $"{Title}: of {others}",
            Question = Question,
            Status = reason is null ? ReportStatus.Done : ReportStatus.NotInformative,
            Reason = reason is null ? null : reason + ".",
            Statements = others is not null ? [] : reason is null ? [Count(ranks, copying), Spread(ranks, copying)]
                : [new(ReportTopic.Open, $"Whether the number of copying heads follows the value rank in training cannot be said: {reason}.", RanksTable)],
            Pictures = ranks.Length < 2 ? [] : [Picture(ranks)],
            Tables =
            [
                new(RanksTable, "Heads by value rank, means over training seeds",
                    [
                        ReportColumn.Count("value rank"), ReportColumn.Count("runs"),
                        .. measures.SelectMany(measure => new[]
                        {
                            ReportColumn.Number(measure.Name, 1, key: measure.Key),
                            ReportColumn.Number($"{measure.Name}: from", 1, key: measure.Key + "_from"),
                            ReportColumn.Number($"{measure.Name}: to", 1, key: measure.Key + "_to"),
                        }),
                        ReportColumn.Share("best top1"), ReportColumn.Share("layer top1"), ReportColumn.Number("validation loss", 3, "nats"),
                    ],
                    [.. ranks.Select(runs => (ReportValue[])[runs[0].ValueRank, runs.Length, .. measures.SelectMany(measure => Cells([.. runs.Select(measure.Value)])), runs.Average(run => run.BestTop1), runs.Average(run => run.LayerTop1), runs.Average(run => run.ValidationLoss)])])
                {
                    Units = string.Create(CultureInfo.InvariantCulture, $"{rows.Count} models, trained on {rows.Min(row => row.Tokens):N0} to {rows.Max(row => row.Tokens):N0} tokens; from and to: 95 % intervals of the mean over training seeds (Student's t)."),
                    Note = $"Heads of the last layer. A head copies where it ranks at least {100 * GateRow.LeastCopying:0.#} % of all tokens first, and is an induction head where it scores {GateRow.LeastInduction:0.##} or more. The rank of queries and keys is the same in all. "
                        + "A head of small rank can copy less, so a threshold on what a head copies counts fewer of them at small ranks by itself; over how many heads it is spread, (sum x)² / sum x² of the heads' top-1 shares or induction scores, has no threshold.",
                },
                new(TrendTable, "The smallest value rank at which heads copy against the largest, seed by seed",
                    [
                        ReportColumn.Text("of the last layer"), ReportColumn.Count("seeds"), ReportColumn.Number("more heads at the smallest rank", 2),
                        ReportColumn.Number("from", 2, key: "more_heads_at_the_smallest_rank_from"),
                        ReportColumn.Number("to", 2, key: "more_heads_at_the_smallest_rank_to"),
                    ],
                    [.. trends.Select(trend => (ReportValue[])[trend.Name, trend.Pairs.Length, .. Cells(trend.Pairs)])])
                { Units = "Differences between models of one seed; from and to: 95 % interval over seeds.", Note = $"{trends.Length} measures of the same models; the first is what the question is about. Ranks at which a run has no head that copies are left out: how copying is split shows where it has formed." },
                new(RunsTable, "Every model",
                [
                    ReportColumn.Count("value rank"), ReportColumn.Count("seed"), ReportColumn.Count("tokens"), ReportColumn.Count("copying heads"),
                    ReportColumn.Count("induction heads"), ReportColumn.Count("both", key: "copying_induction_heads"), ReportColumn.Share("best top1"),
                    ReportColumn.Share("layer top1"), ReportColumn.Number("best induction"), ReportColumn.Number("validation loss", 3, "nats"),
                ],
                    [.. ranks.SelectMany(runs => runs).Select(run => (ReportValue[])[run.ValueRank, run.Seed, run.Tokens, run.CopyingHeads, run.InductionHeads, run.BothHeads, run.BestTop1, run.LayerTop1, run.BestInduction, run.ValidationLoss])])
                { Units = "One row for each training run." },
            ],
        };
    }

    // Smallest rank less largest, of seeds that have both.
    private static double[] Differences(ValueRankRow[][] ranks, Func<ValueRankRow, double> value) =>
        ranks.Length < 2 ? [] : [.. from low in ranks[0] join high in ranks[^1] on low.Seed equals high.Seed select value(low) - value(high)];

    private static ReportValue[] Cells(double[] values)
    {
        var interval = values.Length == 0 ? ShownIntervals.None() : ShownIntervals.OfMean(values);
        return [interval.Estimate, interval.Low, interval.High];
    }

    private static ReportStatement Count(ValueRankRow[][] ranks, ValueRankRow[][] copying) =>
        ValueRankVerdicts.Count(Change(ranks, copying, row => row.CopyingHeads), TrendTable);

    private static ReportStatement Spread(ValueRankRow[][] ranks, ValueRankRow[][] copying)
    {
        (int Rank, double Top1) Layer(ValueRankRow[] runs) => (runs[0].ValueRank, runs.Average(run => run.LayerTop1));
        return ValueRankVerdicts.Spread(Change(ranks, copying, row => row.EffectiveCopying), MeanInterval.Of(Differences(copying, row => row.LayerTop1)),
            Layer(copying[0]), Layer(copying[^1]), TrendTable, RanksTable);
    }

    private static ValueRankChange Change(ValueRankRow[][] ranks, ValueRankRow[][] copying, Func<ValueRankRow, double> value)
    {
        double[] differences = Differences(copying, value);
        var interval = MeanInterval.Of(differences);
        return new(interval, string.Join(", ", ranks.Select(runs => string.Create(CultureInfo.InvariantCulture, $"{runs.Average(value):0.0} at rank {runs[0].ValueRank}")))
            + string.Create(CultureInfo.InvariantCulture, $"; {interval.Estimate:+0.0;-0.0;0.0} from rank {copying[^1][0].ValueRank} to {copying[0][0].ValueRank}, 95 % interval {interval.Low:0.0} to {interval.High:0.0} over {differences.Length} seeds"));
    }

    private static string Runs(ValueRankRow[] runs)
    {
        int idle = runs.Count(run => run.CopyingHeads == 0);
        return $"{runs.Length} at rank {runs[0].ValueRank}{(idle > 0 ? $" ({idle} of them without a head that copies)" : "")}";
    }

    private static ReportChart Picture(ValueRankRow[][] ranks)
    {
        double[] at = [.. ranks.Select(runs => (double)runs[0].ValueRank)];
        ChartSeries Series(string name, Func<ValueRankRow, double> value) => ShownIntervals.Series(name, at, [.. ranks.Select(runs => ShownIntervals.OfMean([.. runs.Select(value)]))]);
        return ReportChart.Lines("value-rank-picture", "Copying and induction heads by value rank", $"Means over training seeds ({string.Join(", ", ranks.Select(runs => runs.Length))}); bars: 95 % intervals.", "value rank", "heads of the last layer",
            [Series("copying heads", row => row.CopyingHeads), Series("induction heads", row => row.InductionHeads), Series("spread of copying", row => row.EffectiveCopying)], at);
    }
}
