using System.Globalization;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A table as HTML: caption, headers with units, right-aligned numbers, what its figures are over, and a link to its CSV file.</summary>
internal static class ReportTableHtml
{
    public static void Append(StringBuilder html, ReportTable table)
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
            html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{Class(column)}>{HtmlReport.Text(column.Name)}{(column.Unit is { } unit ? $" <small>{HtmlReport.Text(unit)}</small>" : "")}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows.Take(shown))
        {
            html.Append("<tr>");
            for (int i = 0; i < row.Count; i++)
                html.Append(CultureInfo.InvariantCulture, $"<{(i == 0 ? "th scope=\"row\"" : "td")}{Class(table.Columns[i])}>{HtmlReport.Text(table.Columns[i].Show(row[i]))}</{(i == 0 ? "th" : "td")}>");
            html.Append("</tr>\n");
        }
        html.Append(CultureInfo.InvariantCulture, $"</tbody>\n</table>\n</div>\n<p class=\"units\">{HtmlReport.Text(table.Units)}{(table.Note is { } note ? " " + HtmlReport.Text(note) : "")} ");
        if (shown < table.Rows.Count)
            html.Append(CultureInfo.InvariantCulture, $"The first {shown} of {table.Rows.Count} rows. ");
        html.Append(CultureInfo.InvariantCulture, $"<a href=\"tables/{table.Id}.csv\">{table.Id}.csv</a></p>\n</div>\n");
    }

    private static string Class(ReportColumn column) => column.IsText ? "" : " class=\"n\"";
}
