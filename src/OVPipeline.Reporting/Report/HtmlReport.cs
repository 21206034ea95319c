using System.Globalization;
using System.Net;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A report as one HTML page that needs nothing else: pictures, styles and scripts are inside, nothing comes from a network. It opens with
/// the answer in short; all that was found, every sentence linked to its table, and a part for each experiment are folded below it. Without
/// scripts it shows the same; printed, everything is unfolded.
/// </summary>
public static class HtmlReport
{
    /// <summary>The page.</summary>
    /// <exception cref="InvalidOperationException">Two parts have the same id, or a statement names a table that is not there.</exception>
    public static string Write(ReportDocument report)
    {
        ArgumentNullException.ThrowIfNull(report);
        report.Check();
        var terms = new GlossaryHtml(report.Glossary);
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Text(report.Title)}</title>
            <style>
            {PageResource.Style("report")}
            </style>
            </head>
            <body>
            <header>
            <h1>{Text(report.Title)}</h1>
            <p class="lead">{terms.Text(report.Lead)}</p>
            </header>
            <main>

            """);
        AnswerHtml.Append(html, report, terms);
        if (report.Sections.Count > 0)
            html.Append("<h2 class=\"parts\">The experiments</h2>\n");
        foreach (var section in report.Sections)
            SectionHtml.Append(html, section, terms);
        terms.Append(html);
        html.Append("</main>\n<footer>\n");
        foreach (string line in report.Footer)
            html.Append(CultureInfo.InvariantCulture, $"<p>{Text(line)}</p>\n");
        html.Append("</footer>\n");
        if (report.Verdict?.Figure is not null || report.Sections.Any(section => section.Charts.Count > 0))
        {
            html.Append($"<!-- plotly.js draws the charts. Its licence:\n{PageResource.Read("Vendor/plotly/LICENSE")}-->\n");
            Script(html, "Vendor/plotly/plotly-basic.min.js");
        }
        Script(html, "Pages/report.js");
        return html.Append("</body>\n</html>\n").ToString();
    }

    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    internal static string Link(ReportStatement statement) =>
        $"<a class=\"source\" href=\"#{statement.Table}\" title=\"The table it was computed from\">table</a>";

    /// <summary>The heading of a part of the answer.</summary>
    public static string Heading(ReportTopic topic) => topic switch
    {
        ReportTopic.Can => "What rank can do",
        ReportTopic.CannotExplain => "What rank cannot explain",
        ReportTopic.Found => "What else was found",
        ReportTopic.Open => "What remains open",
        _ => "What was not run, or not informative on this model",
    };

    private static void Script(StringBuilder html, string name) =>
        html.Append("<script>\n").Append(PageResource.Read(name)).Append("\n</script>\n");
}
