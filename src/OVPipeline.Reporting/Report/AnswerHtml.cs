using System.Globalization;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>The first screen of a report, and below it, folded where there is a verdict, all that was found.</summary>
internal static class AnswerHtml
{
    public static void Append(StringBuilder html, ReportDocument report, GlossaryHtml terms)
    {
        terms.Begin();
        if (report.Verdict is { } verdict)
            Verdict(html, verdict, terms);
        Facts(html, report.Facts);
        Findings(html, report, terms);
    }

    private static void Verdict(StringBuilder html, ReportVerdict verdict, GlossaryHtml terms)
    {
        html.Append("<section id=\"verdict\" aria-label=\"The answer in short\">\n<div>\n<dl class=\"verdict\">\n");
        foreach (var topic in verdict.Statements.GroupBy(statement => statement.Topic))
        {
            html.Append($"<div><dt>{Heading(topic.Key, topic.Key == verdict.Statements[0].Topic)}</dt>");
            foreach (var statement in topic)
                html.Append($"<dd>{terms.Text(statement.Text)} {HtmlReport.Link(statement)}</dd>");
            html.Append("</div>\n");
        }
        html.Append(CultureInfo.InvariantCulture, $"<div><dt>How sure</dt><dd>{terms.Text(verdict.Sureness)}</dd></div>\n</dl>\n</div>\n");
        if (verdict.Figure is { } figure)
            ChartHtml.Append(html, figure, terms.Text(figure.Caption));
        html.Append("</section>\n");
    }

    // What was found is what else was found, unless it comes first.
    private static string Heading(ReportTopic topic, bool first) =>
        first && topic == ReportTopic.Found ? "What was found" : HtmlReport.Heading(topic);

    private static void Facts(StringBuilder html, IReadOnlyList<ReportNote> facts)
    {
        if (facts.Count == 0)
            return;
        html.Append("<details class=\"part\" id=\"facts\">\n<summary><h2>The model and the run</h2></summary>\n<dl class=\"facts\">\n");
        foreach (var fact in facts)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<div><dt>{HtmlReport.Text(fact.Title)}</dt><dd>{HtmlReport.Text(fact.Text)}</dd></div>\n");
        }
        html.Append("</dl>\n</details>\n");
    }

    private static void Findings(StringBuilder html, ReportDocument report, GlossaryHtml terms)
    {
        // What several sections say is said once.
        var statements = report.Sections.SelectMany(section => section.Statements)
            .DistinctBy(statement => (statement.Topic, statement.Text)).ToArray();
        string heading = statements.Length switch
        {
            0 => "The answer",
            1 => "The answer: one sentence, with its table",
            _ => string.Create(CultureInfo.InvariantCulture, $"All that was found: {statements.Length} sentences, each with its table"),
        };
        terms.Begin();
        html.Append($"<section id=\"answer\">\n<details class=\"part\"{(report.Verdict is null ? " open" : "")}>\n")
            .Append($"<summary><h2>{heading}</h2></summary>\n");
        if (statements.Length == 0)
            html.Append("<p>No experiment was run.</p>\n");
        ReportTopic? first = statements.Length == 0 ? null : statements.Min(statement => statement.Topic);
        foreach (var topic in Enum.GetValues<ReportTopic>())
        {
            var group = statements.Where(statement => statement.Topic == topic).ToArray();
            ReportSection[] notDone = topic == ReportTopic.NotInformative
                ? [.. report.Sections.Where(section => section.Status != ReportStatus.Done)]
                : [];
            if (group.Length == 0 && notDone.Length == 0)
                continue;
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"topic\">\n<h3>{Heading(topic, topic == first)}</h3>\n<ul>\n");
            foreach (var statement in group)
                html.Append(CultureInfo.InvariantCulture, $"<li>{terms.Text(statement.Text)} {HtmlReport.Link(statement)}</li>\n");
            foreach (var section in notDone)
                html.Append($"<li><a href=\"#{section.Id}\">{HtmlReport.Text(section.Title)}</a>: {SectionHtml.Reason(section)}</li>\n");
            html.Append("</ul>\n</div>\n");
        }
        html.Append("</details>\n</section>\n");
    }
}
