// Many models on many machines: a study is planned, run in shares by any scheduler, merged and shown.
using OVPipeline.Samples;
using OVPipeline.Samples.RunStudy;

var command = new SampleCommand("Runs a study: many models and measures as units that any scheduler can share out, merged to one table.")
{
    Examples =
    [
        new("plan studies/dynamics.yaml --slurm --workers 8", "What to ask a scheduler for."),
        new("run studies/dynamics.yaml --shard 0/8", "The first of eight shares; a second run does only what is missing."),
        new("merge studies/dynamics.yaml", "Figures of all shares as CSV and Parquet."),
    ],
};
command.Subcommands.Add(PlanCommand.Create());
command.Subcommands.Add(ShareCommand.Create());
command.Subcommands.Add(StatusCommand.Create());
command.Subcommands.Add(MergeCommand.Create());
command.Subcommands.Add(ReportCommand.Create());
return await Sample.Run(command, args);
