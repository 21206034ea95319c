using System.Globalization;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A part of a report as HTML, folded: its question, what it found, charts, tables and remarks.</summary>
internal static class SectionHtml
{
    public static void Append(StringBuilder html, ReportSection section, GlossaryHtml terms)
    {
        terms.Begin();
        html.Append($"<section id=\"{section.Id}\">\n<details class=\"part\">\n")
            .Append($"<summary><h2>{HtmlReport.Text(section.Title)}{Badge(section)}</h2></summary>\n")
            .Append($"<p class=\"question\">{terms.Text(section.Question)}</p>\n");
        if (section.Status != ReportStatus.Done)
        {
            string status = section.Status == ReportStatus.Skipped ? "Not run" : "Not informative on this model";
            html.Append($"<p class=\"reason\">{status}: {Reason(section)}</p>\n");
        }
        if (section.Statements.Count > 0)
        {
            html.Append("<ul class=\"statements\">\n");
            foreach (var statement in section.Statements)
                html.Append(CultureInfo.InvariantCulture, $"<li>{terms.Text(statement.Text)} {HtmlReport.Link(statement)}</li>\n");
            html.Append("</ul>\n");
        }
        foreach (var chart in section.Charts)
            ChartHtml.Append(html, chart, terms.Text(chart.Caption));
        foreach (var table in section.Tables)
            ReportTableHtml.Append(html, table);
        foreach (var note in section.Notes)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<div class=\"note\"><b>{HtmlReport.Text(note.Title)}.</b> {terms.Text(note.Text)}</div>\n");
        }
        html.Append("</details>\n</section>\n");
    }

    public static string Reason(ReportSection section) => HtmlReport.Text(section.Reason ?? "no reason given");

    private static string Badge(ReportSection section) => section.Status switch
    {
        ReportStatus.Skipped => " <span class=\"badge\">not run</span>",
        ReportStatus.NotInformative => " <span class=\"badge\">not informative here</span>",
        _ when section.Exploratory => " <span class=\"badge\">exploratory</span>",
        _ => "",
    };
}
