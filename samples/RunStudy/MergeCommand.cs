using System.CommandLine;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>Puts the parts of a study together.</summary>
internal static class MergeCommand
{
    private static readonly Option<bool> s_partial = CommandOption.Of<bool>("--partial", "Merges what is there, though units are missing.");

    public static SampleCommand Create()
    {
        var command = new SampleCommand("merge", "Writes the figures of all units as CSV and Parquet: the same bytes, however shared.")
        {
            Examples = [new("studies/dynamics.yaml", "Once all units are done."), new("studies/dynamics.yaml --partial", "Before that.")],
        };
        command.AddGroup("What is merged", s_partial);
        StudyOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = StudyOptions.Folder(parsed, cancellationToken);
        var merged = StudyMerge.Run(folder, parsed.GetValue(s_partial));
        var found = new Findings(folder.Plan.Study.Name)
            .Say(FormattableString.Invariant($"{merged.Rows:N0} figures of {merged.Units:N0} units."));
        foreach (string remark in merged.Remarks)
            found.Say(remark);
        foreach (string file in merged.Files)
            found.File(Path.GetFileName(file), file);
        return found.Print(parsed);
    }
}
