using System.Globalization;
using Spectre.Console;

namespace OVPipeline.Reporting;

/// <summary>The comparison as a console table.</summary>
public static class CopyingTable
{
    /// <summary>A row for each circuit, in the given order.</summary>
    public static Table Of(IEnumerable<CopyingRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("circuit").NoWrap());
        foreach (string header in new[] { "rank", "tokens", "top1", "top5", "MRR", "d'", "log loss", "calibrated log loss", "copying score" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
            table.AddRow(Markup.Escape(row.Name), Text(row.Rank, "0"), Text(row.Tokens, "N0"), Percent(row.Top1), Percent(row.Top5), Text(row.Mrr, "0.000"),
                Text(row.DPrime, "0.00"), Text(row.LogLoss, "0.000"), Text(row.LogLossCalibrated, "0.000"), Text(row.CopyingScore, "0.000"));
        return table;
    }

    private static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %") : "-";

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
