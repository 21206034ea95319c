using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The answer on the console: each experiment, how it came out, and its sentences.</summary>
internal static class Summary
{
    public static void Print(ReportDocument report)
    {
        foreach (var section in report.Sections)
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]{section.Title}[/]");
            if (section.Status != ReportStatus.Done)
                AnsiConsole.WriteLine($"  {(section.Status == ReportStatus.Skipped ? "not run" : "not informative on this model")}: {section.Reason}");
            foreach (var statement in section.Statements)
                AnsiConsole.WriteLine($"  - {statement.Text}");
        }
    }
}
