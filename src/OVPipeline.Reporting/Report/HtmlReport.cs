using System.Globalization;
using System.Net;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A report as one HTML page that needs nothing else: pictures and styles are inside, no script, no network. It opens with the answer,
/// every sentence linked to its table, and prints.
/// </summary>
public static class HtmlReport
{
    /// <summary>The page.</summary>
    /// <exception cref="InvalidOperationException">Two parts have the same id, or a statement names a table that is not there.</exception>
    public static string Write(ReportDocument report)
    {
        ArgumentNullException.ThrowIfNull(report);
        report.Check();
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(report.Title)}</title>
            <style>
            {ReportStyle.Css}
            </style>
            </head>
            <body>
            <header>
            <h1>{Text(report.Title)}</h1>
            <p class="lead">{Text(report.Lead)}</p>

            """);
        Facts(html, report.Facts);
        html.Append("</header>\n");
        Contents(html, report.Sections);
        html.Append("<main>\n");
        Answer(html, report);
        for (int i = 0; i < report.Sections.Count; i++)
            Section(html, report.Sections[i]);
        html.Append("</main>\n<footer>\n");
        foreach (string line in report.Footer)
            html.Append(CultureInfo.InvariantCulture, $"<p>{Text(line)}</p>\n");
        return html.Append("</footer>\n</body>\n</html>\n").ToString();
    }

    private static void Facts(StringBuilder html, IReadOnlyList<ReportNote> facts)
    {
        if (facts.Count == 0)
            return;
        html.Append("<dl class=\"facts\">\n");
        foreach (var fact in facts)
            html.Append(CultureInfo.InvariantCulture, $"<div><dt>{Text(fact.Title)}</dt><dd>{Text(fact.Text)}</dd></div>\n");
        html.Append("</dl>\n");
    }

    private static void Contents(StringBuilder html, IReadOnlyList<ReportSection> sections)
    {
        html.Append("<nav aria-label=\"Contents\">\n<ol>\n<li class=\"plain\"><a href=\"#answer\">The answer</a></li>\n");
        foreach (var section in sections)
            html.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{section.Id}\">{Text(section.Title)}</a>{Badge(section)}</li>\n");
        html.Append("</ol>\n</nav>\n");
    }

    private static void Answer(StringBuilder html, ReportDocument report)
    {
        html.Append("<section id=\"answer\">\n<h2>The answer</h2>\n");
        // What several sections say is said once.
        var statements = report.Sections.SelectMany(section => section.Statements)
            .DistinctBy(statement => (statement.Topic, statement.Text)).ToArray();
        if (statements.Length == 0)
            html.Append("<p>No experiment was run.</p>\n");
        foreach (var topic in Enum.GetValues<ReportTopic>())
        {
            var group = statements.Where(statement => statement.Topic == topic).ToArray();
            ReportSection[] notDone = topic == ReportTopic.NotInformative
                ? [.. report.Sections.Where(section => section.Status != ReportStatus.Done)]
                : [];
            if (group.Length == 0 && notDone.Length == 0)
                continue;
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"topic\">\n<h3>{Heading(topic)}</h3>\n<ul>\n");
            foreach (var statement in group)
                html.Append(CultureInfo.InvariantCulture, $"<li>{Text(statement.Text)} {Link(statement)}</li>\n");
            foreach (var section in notDone)
                html.Append($"<li><a href=\"#{section.Id}\">{Text(section.Title)}</a>: {Reason(section)}</li>\n");
            html.Append("</ul>\n</div>\n");
        }
        html.Append("</section>\n");
    }

    private static void Section(StringBuilder html, ReportSection section)
    {
        html.Append($"<section id=\"{section.Id}\">\n<h2>{Text(section.Title)}{Badge(section)}</h2>\n");
        html.Append($"<p class=\"question\">{Text(section.Question)}</p>\n");
        if (section.Status != ReportStatus.Done)
        {
            string status = section.Status == ReportStatus.Skipped ? "Not run" : "Not informative on this model";
            html.Append($"<p class=\"reason\">{status}: {Reason(section)}</p>\n");
        }
        if (section.Statements.Count > 0)
        {
            html.Append("<ul class=\"statements\">\n");
            foreach (var statement in section.Statements)
                html.Append(CultureInfo.InvariantCulture, $"<li>{Text(statement.Text)} {Link(statement)}</li>\n");
            html.Append("</ul>\n");
        }
        foreach (var picture in section.Charts.Select(chart => chart.Draw()))
        {
            string title = Text(picture.Title), png = Convert.ToBase64String(picture.Png);
            html.Append(CultureInfo.InvariantCulture, $"""
                <figure id="{picture.Id}">
                <img src="data:image/png;base64,{png}" width="{picture.Width}" height="{picture.Height}" alt="{title}">
                <figcaption><b>{title}.</b> {Text(picture.Caption)}</figcaption>
                </figure>

                """);
        }
        foreach (var table in section.Tables)
            ReportTableHtml.Append(html, table);
        foreach (var note in section.Notes)
            html.Append(CultureInfo.InvariantCulture, $"<aside><b>{Text(note.Title)}.</b> {Text(note.Text)}</aside>\n");
        html.Append("</section>\n");
    }

    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Reason(ReportSection section) => Text(section.Reason ?? "no reason given");

    private static string Link(ReportStatement statement) =>
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

    private static string Badge(ReportSection section) => section.Status switch
    {
        ReportStatus.Skipped => " <span class=\"badge\">not run</span>",
        ReportStatus.NotInformative => " <span class=\"badge\">not informative here</span>",
        _ when section.Exploratory => " <span class=\"badge\">exploratory</span>",
        _ => "",
    };
}
