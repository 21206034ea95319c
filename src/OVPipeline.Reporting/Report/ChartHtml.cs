using System.Globalization;
using System.Text;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A chart in a page: a picture, which stands where there are no scripts and on paper; its data, which the page's script draws in the
/// picture's place; and its values as a table.
/// </summary>
internal static class ChartHtml
{
    private const int ValueDigits = 3;

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Appends it.</summary>
    /// <param name="html">The page.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="caption">Its caption, as HTML.</param>
    public static void Append(StringBuilder html, ReportChart chart, string caption)
    {
        var picture = chart.Draw();
        string title = HtmlReport.Text(chart.Title), png = Convert.ToBase64String(picture.Png);
        html.Append(CultureInfo.InvariantCulture, $"""
            <figure class="chart" id="{chart.Id}">
            <div class="drawing">
            <img src="data:image/png;base64,{png}" width="{picture.Width}" height="{picture.Height}" alt="{title}">
            </div>
            <script type="application/json">{JsonSerializer.Serialize(Data(chart), s_json)}</script>
            <figcaption><b>{title}.</b> {caption}</figcaption>
            <details class="values"><summary>Values</summary>

            """);
        ReportTableHtml.Append(html, Values(chart), file: false);
        html.Append("</details>\n</figure>\n");
    }

    private static object Data(ReportChart chart) => new
    {
        chart.Title,
        chart.XLabel,
        chart.YLabel,
        chart.XTicks,
        chart.Groups,
        Dots = chart.AreDots,
        Decimals = Decimals(chart),
        Labels = chart.Format is not null,
        Series = chart.Series.Select(series => new
        {
            series.Name,
            series.Band,
            series.Reference,
            X = Finite(series.X),
            Y = Finite(series.Y),
            Low = Finite(series.Low),
            High = Finite(series.High),
        }),
    };

    /// <summary>The values of a chart: a row for each position or group, a column for each series, and its intervals.</summary>
    internal static ReportTable Values(ReportChart chart)
    {
        int digits = Decimals(chart);
        double[] positions = [.. chart.Series.SelectMany(series => series.X).Distinct().Order()];
        string[] names = chart.Groups is null
            ? [.. positions.Select(x => x.ToString("0.######", CultureInfo.InvariantCulture))]
            : [.. chart.Groups];
        List<ReportColumn> columns = [ReportColumn.Text(chart.Groups is null ? chart.XLabel : "of", key: "at")];
        List<Func<int, double>> cells = [];
        foreach (var (i, series) in chart.Series.Index())
        {
            int At(int row) => chart.Groups is null ? Index(series.X, positions[row]) : row;
            void Column(string name, string key, IReadOnlyList<double> values)
            {
                string own = columns.Any(column => column.Name == name) ? $"{name} ({i + 1})" : name;
                columns.Add(ReportColumn.Number(own, digits, key: $"{key}{i}"));
                cells.Add(row => At(row) is >= 0 and var at ? values[at] : double.NaN);
            }
            Column(series.Name, "value", series.Y);
            if (series is { Low: { } low, High: { } high } && low.Any(double.IsFinite))
            {
                Column($"{series.Name}: from", "from", low);
                Column($"{series.Name}: to", "to", high);
            }
        }
        return new($"{chart.Id}-values", $"{chart.Title}: values", columns,
            [.. names.Select((name, row) => (ReportValue[])[name, .. cells.Select(cell => (ReportValue)cell(row))])])
        {
            Units = chart.Groups is null ? $"{chart.YLabel}." : $"{chart.XLabel}.",
        };
    }

    // As many as at the ends of bars; more of lines, which have none.
    private static int Decimals(ReportChart chart) =>
        chart.Format is { } format ? format.Split('.').ElementAtOrDefault(1)?.Length ?? 0 : ValueDigits;

    private static int Index(IReadOnlyList<double> values, double value)
    {
        for (int i = 0; i < values.Count; i++)
            if (values[i].Equals(value))
                return i;
        return -1;
    }

    private static double?[]? Finite(IReadOnlyList<double>? values) =>
        values is null ? null : [.. values.Select(value => double.IsFinite(value) ? value : (double?)null)];
}
