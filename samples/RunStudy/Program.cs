// Many models on many machines: a study is planned, run in shares by any scheduler, merged and shown.
using System.CommandLine;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using OVPipeline.Samples.RunStudy;
using OVPipeline.Studies;

var command = new SampleCommand("Runs a study: many models and measures as units that any scheduler can share out, merged to one table.")
{
    Examples =
    [
        new("studies/dynamics.yaml", "All of it in this process: run, merged, and a page of it."),
        new("plan studies/dynamics.yaml --slurm --workers 8", "What to ask a scheduler for."),
        new("run studies/dynamics.yaml --shard 0/8", "The first of eight shares; a second run does what is missing."),
    ],
};
command.Subcommands.Add(PlanCommand.Create());
command.Subcommands.Add(ShareCommand.Create());
command.Subcommands.Add(StatusCommand.Create());
command.Subcommands.Add(MergeCommand.Create());
command.Subcommands.Add(ReportCommand.Create());
StudyOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var folder = StudyOptions.Folder(parsed, cancellationToken, begin: true);
    await ShareCommand.Do(folder, StudyShard.Whole, cancellationToken);
    var merged = StudyMerge.Run(folder);
    return new Findings(folder.Plan.Study.Name)
        .Say(FormattableString.Invariant($"{merged.Rows:N0} figures of {merged.Units:N0} units."))
        .File("tables", folder.Folder)
        .File("report", StudyReport.Of(folder).Save(folder.Folder))
        .Print(parsed);
});
return await Sample.Run(command, args);
