using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>How a study stands, by what is in its folder.</summary>
internal static class StatusCommand
{
    private const int ShownReasons = 10;

    public static SampleCommand Create()
    {
        var command = new SampleCommand("status", "Shows what of a study is done, missing or failed, and why. Nothing else need run.")
        {
            Examples = [new("studies/dynamics.yaml", "How far it has come.")],
        };
        StudyOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = StudyOptions.Folder(parsed, cancellationToken);
        var all = folder.Status();
        var table = new ReportTable("status", "Units by measure",
            [
                ReportColumn.Text("measure"), ReportColumn.Count("units"), ReportColumn.Count("done"), ReportColumn.Count("missing"),
                ReportColumn.Count("failed"), ReportColumn.Count("damaged"),
            ],
            [.. all.GroupBy(unit => unit.Unit.MeasureName).Select(units => (ReportValue[])
            [
                units.Key, units.Count(), Count(units, UnitState.Done), Count(units, UnitState.Missing), Count(units, UnitState.Failed),
                Count(units, UnitState.Damaged),
            ])])
        { Units = "Units of the study, by what is in its folder." };
        var found = new Findings(folder.Plan.Study.Name).Table(table);
        var reasons = all.Where(unit => unit.Why is not null).ToArray();
        foreach (var unit in reasons.Take(ShownReasons))
            found.Say($"{unit.State} {unit.Unit}: {unit.Why}");
        if (reasons.Length > ShownReasons)
            found.Say($"{reasons.Length - ShownReasons} more have reasons too.");
        return found.Say(Count(all, UnitState.Done) == all.Count
            ? "All units are done: merge them."
            : $"{all.Count - Count(all, UnitState.Done)} of {all.Count} units are to be done: run the same shares again.").Print(parsed);
    }

    private static int Count(IEnumerable<UnitStatus> units, UnitState state) => units.Count(unit => unit.State == state);
}
