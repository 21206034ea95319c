namespace OVPipeline.Studies;

/// <summary>What units cost where a study was run, for the plan of a larger one.</summary>
public static class MeasuredCosts
{
    /// <summary>
    /// The rates with a factor for each measure: core seconds that its finished units took over what the formula says. Small models are
    /// above 1, since the formula counts no fixed costs: measure on a few units of the model that is planned.
    /// </summary>
    /// <param name="folder">The folder of a study that was run, or a part of it, planned with <see cref="UnitCosts.Default"/>.</param>
    /// <exception cref="StudyException">Nothing of it is done.</exception>
    public static UnitCosts Of(StudyFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        UnitStatus[] done = [.. folder.Status().Where(unit => unit.Part is not null && unit.State == UnitState.Done)];
        if (done.Length == 0)
            throw new StudyException(folder.Folder, "no unit of the study is done here: nothing was measured.");
        return folder.Plan.Costs with
        {
            Factors = done.GroupBy(unit => unit.Unit.MeasureName).ToDictionary(units => units.Key, units =>
                units.Sum(unit => unit.Part!.Environment.CoreSeconds) / units.Sum(unit => unit.Unit.Work.CoreSeconds)),
        };
    }
}
