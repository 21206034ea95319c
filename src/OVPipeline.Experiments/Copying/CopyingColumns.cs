using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The figures of copying as columns of a table.</summary>
internal static class CopyingColumns
{
    /// <summary>The columns of <see cref="Of"/>, after any of one's own.</summary>
    public static ReportColumn[] All { get; } =
    [
        ReportColumn.Count("rank"), ReportColumn.Share("top1"), ReportColumn.Share("top5"), ReportColumn.Number("MRR"),
        ReportColumn.Number("d'", 2), ReportColumn.Number("d'²", 1), ReportColumn.Number("log loss", 3, "nats"),
        ReportColumn.Number("calibrated log loss", 3, "nats"), ReportColumn.Number("copying score", 2),
    ];

    /// <summary>A circuit's figures, for <see cref="All"/>.</summary>
    public static ReportValue[] Of(CopyingRow row) =>
        [row.Rank, row.Top1, row.Top5, row.Mrr, row.DPrime, row.DPrime * row.DPrime, row.LogLoss, row.LogLossCalibrated, row.CopyingScore];

    /// <summary>A table of circuits by name.</summary>
    public static ReportTable Table(
        string id, string title, string units, IEnumerable<CopyingRow> rows, string? note = null, int? shown = null) =>
        new(id, title, [ReportColumn.Heads("circuit"), .. All], [.. rows.Select(row => (ReportValue[])[row.Name, .. Of(row)])])
        {
            Units = units,
            Note = note,
            ShownRows = shown,
        };

    /// <summary>What a figure over all tokens is: fixed weights are a census.</summary>
    public static string Census(TransformerConfig config) =>
        string.Create(CultureInfo.InvariantCulture, $"Over all {config.Vocabulary:N0} tokens: a census, so no intervals.");

    /// <summary>A share in a sentence.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
