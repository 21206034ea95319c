using System.CommandLine;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>Does a share of a study: what a task of a job array or a pod of an indexed job runs.</summary>
internal static class ShareCommand
{
    private static readonly Option<string?> s_shard = CommandOption.Of<string?>(
        "--shard", "Which share, of how many, counted from 0. Default: what Slurm's job array says (SLURM_ARRAY_TASK_ID, _COUNT, _MIN, "
        + "_STEP), or Kubernetes' indexed job (JOB_COMPLETION_INDEX, and JOB_COMPLETIONS from the job's file), else all of it.", "i/n");

    public static SampleCommand Create()
    {
        var command = new SampleCommand("run", "Does a share of a study, of it what is missing.")
        {
            Examples =
            [
                new("studies/dynamics.yaml", "All of it, in this process."),
                new("studies/dynamics.yaml --shard 3/8 --out /shared/dynamics", "The fourth of eight shares, in a folder that all see."),
            ],
        };
        command.AddGroup("What is done", s_shard);
        StudyOptions.AddTo(command);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var shard = parsed.GetValue(s_shard) is { } said ? StudyShard.Parse(said) : StudyShard.FromEnvironment();
        var folder = StudyOptions.Folder(parsed, cancellationToken, begin: true);
        int done = await Do(folder, shard, cancellationToken);
        return new Findings(folder.Plan.Study.Name)
            .Say($"Shard {shard}: its {done} units are done.").File("parts", folder.Folder).Print(parsed);
    }

    /// <summary>Does a share, with a bar of its units.</summary>
    /// <returns>How many units it has.</returns>
    /// <exception cref="InvalidOperationException">Some failed; the others are done.</exception>
    public static async Task<int> Do(StudyFolder folder, StudyShard shard, CancellationToken cancellationToken)
    {
        int units = folder.Plan.UnitsOf(shard).Count;
        var done = await RunProgress.Show(bars => bars.Part($"shard {shard}", units, step =>
            new StudyRunner(folder).Run(shard, new UnitSteps(step), cancellationToken)), cancellationToken);
        var failed = done.Where(unit => unit.State == UnitState.Failed).ToArray();
        return failed.Length == 0 ? done.Count : throw new InvalidOperationException(
            $"{failed.Length} of {done.Count} units failed; the first is {failed[0].Unit}: {failed[0].Why}");
    }

    private sealed class UnitSteps(Action<double> step) : IProgress<UnitStatus>
    {
        public void Report(UnitStatus value) => step(1);
    }
}
