using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A part of what heads add to the logits, with its intervals: a row of the table.</summary>
/// <param name="Place">The heads, in words.</param>
/// <param name="Part">The part that is as it is; the others are at their mean.</param>
/// <param name="Loss">Mean loss on validation text, in nats.</param>
/// <param name="Gain">By how much that is below mean ablation's, in nats.</param>
/// <param name="Fraction">The gain as a fraction of the whole's; NaN where that cannot be told from zero.</param>
public sealed record CopySplitRow(string Place, string Part, double Loss, ConfidenceInterval Gain, ConfidenceInterval Fraction)
{
    /// <summary>The part that is copying.</summary>
    public const string Diagonal = "diagonal: copying";

    /// <summary>No part as it is.</summary>
    public const string None = "none (mean ablation)";

    /// <summary>A row for each part.</summary>
    /// <param name="place">The heads, in words.</param>
    /// <param name="split">Their parts.</param>
    /// <param name="intervals">Intervals over the blocks.</param>
    internal static IEnumerable<CopySplitRow> Of(string place, CopySplit split, BlockIntervals intervals)
    {
        double[] whole = Gains(split.Full);
        (string Part, IReadOnlyList<double> Losses)[] parts =
        [
            (None, split.None), (Diagonal, split.Diagonal), ("off-diagonal", split.OffDiagonal), ("composed", split.Composed),
            ("all: the model", split.Full),
        ];
        foreach (var (part, losses) in parts)
        {
            double[] gains = Gains(losses);
            var fraction = part == None ? ShownIntervals.None() : intervals.Ratio(gains, whole);
            yield return new(place, part, losses.Average(), intervals.Mean(gains), fraction);
        }

        double[] Gains(IReadOnlyList<double> losses) => [.. split.None.Zip(losses, (none, own) => none - own)];
    }

    /// <summary>The cells; what is no fraction, outside [0, 1], is left out.</summary>
    internal ReportValue[] Cells()
    {
        var fraction = FrontierChecks.InUnit(Fraction.Estimate) ? Fraction : ShownIntervals.None();
        return [Place, Part, Loss, Gain.Estimate, fraction.Estimate, PutBackRow.InUnit(fraction.Low), PutBackRow.InUnit(fraction.High)];
    }

    internal static ReportTable Table(string id, IReadOnlyList<CopySplitRow> rows, string units) => new(
        id, "What the heads add to the logits, in three parts",
        [
            ReportColumn.Heads("heads"), ReportColumn.Text("part as it is, the others at their mean", key: "part"),
            ReportColumn.Number("loss", 4, "nats"), ReportColumn.Number("gain over mean ablation", 4, "nats"),
            ReportColumn.Share("fraction of the whole gain", key: "share_of_gain"), ReportColumn.Share("from", key: "share_of_gain_from"),
            ReportColumn.Share("to", key: "share_of_gain_to"),
        ],
        [.. rows.Select(row => row.Cells())])
    {
        Units = units,
        Note = "At the model's own scale, no factor fitted. Where one head is split the other is as it is. A fraction is shown where it is "
            + "one: in [0, 1], and where the whole gain can be told from zero.",
    };

    internal static ReportChart Picture(IReadOnlyList<CopySplitRow> rows)
    {
        var parts = rows.Where(row => row.Part != None).GroupBy(row => row.Part);
        return ReportChart.Bars("copy-split-picture", "What each part of the heads' logits does for the loss",
            "Gain over mean ablation on validation data, one part as it is and the others at their mean.",
            "gain, millinats a prediction", [.. rows.Select(row => row.Place).Distinct()],
            [.. parts.Select(part => ShownIntervals.Series(part.Key, [], [.. part.Select(row => row.Gain)], 1000))]);
    }
}
