using System.CommandLine;
using OVPipeline.Reporting;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>Shows what a study found, as a page.</summary>
internal static class ReportCommand
{
    public static SampleCommand Create()
    {
        var command = new SampleCommand("report", "Writes a page of what a study found, with its tables.")
        {
            Examples = [new("studies/dynamics.yaml", "What is done of it so far.")],
        };
        StudyOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = StudyOptions.Folder(parsed, cancellationToken);
        var report = StudyReport.Of(folder);
        string page = report.Save(folder.Folder);
        if (Findings.AsJson(parsed))
            Console.Out.WriteLine(report.ToJson());
        else
            new Findings(folder.Plan.Study.Name).File("report", page).Print(parsed);
        return 0;
    }
}
