using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Held-out tokens as tables, a chart and what sentences are made of.</summary>
internal static class HeldOutReport
{
    public static ReportTable NotRun(string id, string reason) =>
        new(id, "On held-out tokens: not run", [ReportColumn.Heads("circuit")], []) { Units = $"Not run: {reason}." };

    public static ReportTable Table(string id, IReadOnlyList<HeldOutMean> circuits)
    {
        static ReportValue[] Row(HeldOutMean one)
        {
            double? Mean(Func<CopyingRow, double?> value) => one.Splits.Average(split => value(split.HeldOut.Row));
            var interval = one.Interval;
            return
            [
                one.Name, one.Splits[0].HeldOut.Row.Rank, one.Splits.Count, Mean(row => row.Tokens),
                one.Top1, interval?.Low, interval?.High,
                Mean(row => row.Top5), Mean(row => row.Mrr), Mean(row => row.DPrime), one.FittedTop1,
            ];
        }

        return new(id, "On held-out tokens",
            [
                ReportColumn.Heads("circuit"), ReportColumn.Count("rank"), ReportColumn.Count("splits"),
                ReportColumn.Number("held-out tokens", 0), ReportColumn.Share("top1"), ReportColumn.Share("from", key: "top1_from"),
                ReportColumn.Share("to", key: "top1_to"), ReportColumn.Share("top5"), ReportColumn.Number("MRR"),
                ReportColumn.Number("d'", 2), ReportColumn.Share("top1 of the others"),
            ],
            [.. circuits.Select(Row)])
        {
            Units = "Means over repeated random splits by groups of variants. From, to: 95 % interval of the mean, with the overlap of the "
                + "splits allowed for (Nadeau and Bengio 2003).",
            Note = "Each is scored against the whole vocabulary. The model's own circuits have seen all tokens.",
        };
    }

    /// <summary>McNemar's tests of the withheld copier against each other circuit, on the held-out tokens of one split.</summary>
    public static ReportTable Tests(string id, HeldOutSplit split)
    {
        var copier = split.Circuits[0];
        var tests = split.Tests;
        static ReportValue[] Row(HeldOutTest one) =>
            [one.Against, one.Test.OnlyFirst, one.Test.OnlySecond, one.Test.ChiSquare, one.Test.ExactPValue, one.CorrectedPValue];
        return new(id, $"The {copier.Name}, against each other circuit",
            [
                ReportColumn.Heads("against"), ReportColumn.Count("only the copier right"), ReportColumn.Count("only the other right"),
                ReportColumn.Number("McNemar chi²", 2), ReportColumn.Number("exact p", 4),
                ReportColumn.Number("p, all tests counted", 4, key: "corrected_p"),
            ],
            [.. tests.Select(Row)])
        {
            Units = $"The {copier.First.Count:N0} held-out tokens of the first split, the same for both.",
            Note = $"{tests.Count} comparisons; the last column is Holm's correction.",
        };
    }

    public static ReportChart Chart(IReadOnlyList<HeldOutMean> circuits) => ReportChart.Bars("held-out-picture",
        "Tokens that were held out, and the others", "Top-1 share against the whole vocabulary; lines: 95 % intervals over splits.",
        "tokens, %", [.. circuits.Select(one => one.Name)],
        [
            new("held-out tokens", [], [.. circuits.Select(one => 100 * one.Top1)])
            {
                Low = [.. circuits.Select(one => 100 * one.Interval?.Low ?? double.NaN)],
                High = [.. circuits.Select(one => 100 * one.Interval?.High ?? double.NaN)],
            },
            new("the others", [], [.. circuits.Select(one => 100 * one.FittedTop1)]),
        ]);

    public static HeldOutFigures Figures(string table, IReadOnlyList<HeldOutMean> circuits, int tokens)
    {
        var copier = circuits.First(one => one.Role == HeldOutRole.Copier);
        var head = circuits.First(one => one.Role == HeldOutRole.BestHead);
        return new(copier.Top1, copier.Interval, copier.FittedTop1, head.Top1, tokens, table);
    }
}
