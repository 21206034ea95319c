using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>The comparison as a console table.</summary>
public static class CopyingTable
{
    /// <summary>A row for each circuit, in the given order. What does not fit is in <c>results.json</c>.</summary>
    /// <param name="rows">The circuits.</param>
    /// <param name="atModelScale">Whether log-losses are at the model's scale; else they are marked (<see cref="ScaleMark"/>).</param>
    public static ConsoleTable Of(IEnumerable<CopyingRow> rows, bool atModelScale = true)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ConsoleColumn[] columns =
        [
            new("circuit", IsText: true),
            new("rank", Priority: 1),
            new("tokens", Priority: 9),
            new("top1", Priority: 2),
            new("top5", Priority: 6),
            new("MRR", Priority: 8),
            new("d'", Priority: 4),
            new($"{ScaleMark.Heading("log loss", !atModelScale)} (nats)", Priority: 3),
            new($"{ScaleMark.Heading("calibrated log loss", !atModelScale)} (nats)", Priority: 5),
            new("copying score", Priority: 7),
        ];
        return new(columns, rows.Select(row => (string[])
        [
            row.Name,
            Text(row.Rank, "0"),
            Text(row.Tokens, "N0"),
            Percent(row.Top1),
            Percent(row.Top5),
            Text(row.Mrr, "0.000"),
            Text(row.DPrime, "0.00"),
            Text(row.LogLoss, "0.000"),
            Text(row.LogLossCalibrated, "0.000"),
            Text(row.CopyingScore, "0.000"),
        ]))
        { Elsewhere = "results.json" };
    }

    internal static string Percent(double? share) =>
        share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %") : "-";

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
