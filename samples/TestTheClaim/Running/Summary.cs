using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The answer on the console: the table of the main picture, then the sentences in the report's order.</summary>
internal static class Summary
{
    public static void Print(ReportDocument report)
    {
        foreach (var table in report.Sections.SelectMany(section => section.Tables).Where(table => table.Id == RankFrontier.ByRankTable))
            AnsiConsole.Write(ConsoleTable.Of(table, Path.Combine("tables", table.Id + ".csv")));
        foreach (var topic in Enum.GetValues<ReportTopic>())
        {
            string[] sentences =
            [
                .. report.Sections.SelectMany(section => section.Statements).Where(statement => statement.Topic == topic).Select(statement => statement.Text).Distinct(),
                .. report.Sections.Where(section => topic == ReportTopic.NotInformative && section.Status != ReportStatus.Done).Select(section => $"{section.Title}: {section.Reason}"),
            ];
            if (sentences.Length > 0)
                AnsiConsole.MarkupLineInterpolated($"[bold]{HtmlReport.Heading(topic)}[/]");
            foreach (string sentence in sentences)
                AnsiConsole.WriteLine($"- {sentence}");
        }
    }
}
