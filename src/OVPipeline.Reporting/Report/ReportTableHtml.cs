using System.Globalization;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A table as HTML: caption, headers with units, right-aligned numbers, what its figures are over, and a link to its CSV file. Numbers
/// are there in full, for the page's script to sort by.
/// </summary>
internal static class ReportTableHtml
{
    /// <summary>Appends it.</summary>
    /// <param name="html">The page.</param>
    /// <param name="table">The table.</param>
    /// <param name="file">Whether it has a CSV file.</param>
    public static void Append(StringBuilder html, ReportTable table, bool file = true)
    {
        int shown = Math.Min(table.Rows.Count, table.ShownRows ?? int.MaxValue);
        string title = HtmlReport.Text(table.Title), badge = table.Exploratory ? " <span class=\"badge\">exploratory</span>" : "";
        html.Append(CultureInfo.InvariantCulture, $"""
            <div class="table" id="{table.Id}">
            <p class="cue" aria-hidden="true">more columns →</p>
            <div class="scroll" tabindex="0" role="region" aria-label="{title}">
            <table>
            <caption><span>{title}{badge}</span></caption>
            <thead><tr>
            """);
        foreach (var column in table.Columns)
        {
            string unit = column.Unit is { } name ? $" <small>{HtmlReport.Text(name)}</small>" : "";
            html.Append($"<th scope=\"col\"{Class(column)}>{HtmlReport.Text(column.Name)}{unit}</th>");
        }
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows.Take(shown))
        {
            html.Append("<tr>");
            for (int i = 0; i < row.Count; i++)
            {
                var column = table.Columns[i];
                var (opening, closing) = i == 0 ? ("th scope=\"row\"", "th") : ("td", "td");
                html.Append($"<{opening}{Class(column)}{Exact(row[i])}>{HtmlReport.Text(column.Show(row[i]))}</{closing}>");
            }
            html.Append("</tr>\n");
        }
        string note = table.Note is { } text ? $" {HtmlReport.Text(text)}" : "";
        html.Append($"</tbody>\n</table>\n</div>\n<p class=\"units\">{HtmlReport.Text(table.Units)}{note} ");
        if (shown < table.Rows.Count)
            html.Append(CultureInfo.InvariantCulture, $"The first {shown} of {table.Rows.Count} rows. ");
        if (file)
            html.Append($"<a href=\"tables/{table.Id}.csv\">{table.Id}.csv</a>");
        html.Append("</p>\n</div>\n");
    }

    private static string Exact(ReportValue value) =>
        value.Number is { } number ? $" data-v=\"{number.ToString("G9", CultureInfo.InvariantCulture)}\"" : "";

    private static string Class(ReportColumn column) => column.IsText ? "" : " class=\"n\"";
}
