using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>What a study's units are, what they cost, and what to ask a scheduler for.</summary>
internal static class PlanCommand
{
    private const string Job = "ovpipeline-study", Container = "study"; // deploy/kubernetes/job.yaml

    private static readonly Option<int> s_workers = CommandOption.Of("--workers", "Workers that share the study.", 8);
    private static readonly Option<int> s_cores = CommandOption.Of("--cores", "Cores of each worker.", 1);
    private static readonly Option<bool> s_slurm = CommandOption.Of<bool>("--slurm", "Prints options of sbatch alone.");
    private static readonly Option<bool> s_kubernetes = CommandOption.Of<bool>("--kubernetes", "Prints a patch of the Job alone.");
    private static readonly Option<bool> s_simulate = CommandOption.Of<bool>(
        "--simulate", "Runs the plan on paper with 1 to 1,000 workers of a core each.");
    private static readonly Option<DirectoryInfo?> s_costs = CommandOption.Of<DirectoryInfo?>(
        "--costs", "The folder of this study, begun: estimates then have what its finished units took.", "FOLDER");

    public static SampleCommand Create()
    {
        var command = new SampleCommand("plan", "Shows a study's units and what they cost, by a formula of the models' sizes.")
        {
            Examples =
            [
                new("studies/dynamics.yaml", "How many units of each measure, core hours and memory."),
                new("studies/pythia-160m.yaml --simulate", "A study of 154 revisions on paper; no model is fetched."),
            ],
        };
        command.AddGroup("Workers", s_workers, s_cores, s_costs);
        command.AddGroup("What is shown", s_slurm, s_kubernetes, s_simulate);
        StudyOptions.AddTo(command, folder: false);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = StudyOptions.Plan(parsed, cancellationToken);
        if (parsed.GetValue(s_costs) is { } folder)
        {
            var measured = MeasuredCosts.Of(StudyFolder.Open(plan, folder.FullName, begin: false));
            plan = StudyOptions.Plan(parsed, cancellationToken, measured);
        }
        var request = WorkerRequest.Of(plan, parsed.GetValue(s_workers), parsed.GetValue(s_cores));
        if (parsed.GetValue(s_slurm))
            Console.Out.WriteLine(request.ToSlurm());
        else if (parsed.GetValue(s_kubernetes))
            Console.Out.WriteLine(request.ToKubernetes(Job, Container));
        else
            return Found(parsed, plan, request).Print(parsed);
        return 0;
    }

    private static Findings Found(ParseResult parsed, StudyPlan plan, WorkerRequest request)
    {
        var found = new Findings(plan.Study.Name).Table(Units(plan));
        if (parsed.GetValue(s_simulate))
            found.Table(Simulated(plan));
        foreach (var (measure, factor) in plan.Costs.Factors)
            found.Say(FormattableString.Invariant($"{measure} took {factor:0.00} times what the formula says."));
        return found
            .Say(FormattableString.Invariant(
                $"{plan.Units.Count:N0} units, {plan.CoreSecondsOf([.. plan.Units]) / 3600:N2} core hours with the models' loading."))
            .Say(FormattableString.Invariant($"{request.Workers} workers: {request.Minutes} minutes and {request.Megabytes} MiB each."));
    }

    private static ReportTable Units(StudyPlan plan) => new("units", "Units by measure",
        [
            ReportColumn.Text("measure"), ReportColumn.Count("units"), ReportColumn.Number("core hours", 2),
            ReportColumn.Number("longest", 1, "core s"), ReportColumn.Number("memory", 0, "MB"),
        ],
        [.. plan.Units.GroupBy(unit => unit.MeasureName).Select(units => (ReportValue[])
        [
            units.Key, units.Count(), units.Sum(unit => unit.Work.CoreSeconds) / 3600, units.Max(unit => unit.Work.CoreSeconds),
            plan.BytesOf([.. units]) / 1e6,
        ])])
    { Units = "Estimates: V^2 (r + e) / R for a pass, with rates measured on two cores (docs/performance.md)." };

    private static ReportTable Simulated(StudyPlan plan) => new("simulated", "On paper",
        [
            ReportColumn.Count("workers"), ReportColumn.Number("ideal", 2, "h"), ReportColumn.Number("makespan", 2, "h"),
            ReportColumn.Share("efficiency"), ReportColumn.Count("models opened"), ReportColumn.Number("read", 1, "GB"),
            ReportColumn.Number("i mod n", 2, "h"), ReportColumn.Count("models opened, i mod n", key: "models_opened_i_mod_n"),
        ],
        [.. StudySimulation.Of(plan).Select(run => (ReportValue[])
        [
            run.Workers, run.IdealSeconds / 3600, run.Makespan / 3600, run.Efficiency, run.Loads, run.Bytes / 1e9,
            run.RoundRobinMakespan / 3600, run.RoundRobinLoads,
        ])])
    {
        Units = "Workers of a core each, which start in a second and read a model at 500 MB/s. The last two columns: had unit i gone to "
            + "worker i mod n.",
    };
}
