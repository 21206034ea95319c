namespace OVPipeline.Studies;

/// <summary>Which study a folder is of: written by whoever comes first.</summary>
/// <param name="Name">The study's name.</param>
/// <param name="Digest">A digest of its units.</param>
/// <param name="Units">How many they are.</param>
internal sealed record StudyMark(string Name, string Digest, int Units)
{
    public static StudyMark Of(StudyPlan plan) =>
        new(plan.Study.Name, KeptFile.Digest(string.Join('\n', plan.Units.Select(unit => unit.Key))), plan.Units.Count);
}

/// <summary>What a model at a revision, and the text beside it, were when the study began.</summary>
/// <param name="Model">A digest of its configuration, tokens and weights.</param>
/// <param name="Text">A digest of the study's text; null for none.</param>
internal sealed record ModelMark(string Model, string? Text)
{
    /// <summary>All that a unit's figures depend on.</summary>
    public string KeyOf(StudyUnit unit) =>
        $"part 1, version {RunEnvironment.OwnVersion}, {unit.Key}, weights {Model}" + (unit.Measure.ReadsText ? $", text {Text}" : "");
}

/// <summary>Why a unit failed.</summary>
/// <param name="Unit">The unit's key.</param>
/// <param name="Why">The sentence.</param>
/// <param name="Host">The machine's name.</param>
internal sealed record UnitFailure(string Unit, string Why, string Host);
