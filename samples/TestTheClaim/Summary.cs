using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The answer on the console: the table of the main picture, then the sentences in the report's order.</summary>
internal static class Summary
{
    private const int MostRemarks = 3;

    /// <summary>What was ignored of the cache, the first of it.</summary>
    public static void Remark(IReadOnlyList<string> remarks)
    {
        foreach (string remark in remarks.Take(MostRemarks))
            RunProgress.Say(remark);
        if (remarks.Count > MostRemarks)
            RunProgress.Say($"The same of {remarks.Count - MostRemarks} other parts.");
    }

    /// <summary>The table of the main picture, and the sentences.</summary>
    public static void Print(IReadOnlyList<ExperimentOutcome> outcomes, ReportDocument report)
    {
        if (outcomes.Select(outcome => outcome.Result).OfType<RankFrontierResult>().FirstOrDefault() is { } frontier)
        {
            Write(frontier.ByRank);
            if (frontier.LossByRank is { } bothSides)
            {
                Write(bothSides);
                AnsiConsole.WriteLine(bothSides.Note!);
            }
        }
        foreach (var topic in Enum.GetValues<ReportTopic>())
        {
            string[] sentences =
            [
                .. report.Sections.SelectMany(section => section.Statements).Where(statement => statement.Topic == topic)
                    .Select(statement => statement.Text).Distinct(),
                .. report.Sections.Where(section => topic == ReportTopic.NotInformative && section.Status != ReportStatus.Done)
                    .Select(section => $"{section.Title}: {section.Reason}"),
            ];
            if (sentences.Length > 0)
                AnsiConsole.MarkupLineInterpolated($"[bold]{HtmlReport.Heading(topic)}[/]");
            foreach (string sentence in sentences)
                AnsiConsole.WriteLine($"- {sentence}");
        }
    }

    private static void Write(ReportTable table) => AnsiConsole.Write(ConsoleTable.Of(table, Path.Combine("tables", table.Id + ".csv")));
}
