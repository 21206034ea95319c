namespace OVPipeline.Studies;

/// <summary>The measures that a study can name.</summary>
internal static class StudyMeasures
{
    private static readonly Dictionary<string, Func<StudyFields, IStudyMeasure>> s_own = new()
    {
        ["atlas"] = fields => new AtlasUnits(fields),
        ["pairs"] = fields => new PairUnits(fields),
        ["copier"] = fields => new CopierUnits(fields, permuted: false),
        ["controls"] = fields => new CopierUnits(fields, permuted: true),
        ["behaviour"] = fields => new BehaviourUnits(fields),
    };

    /// <summary>Their names: those of units of their own, then the experiments.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_own.Keys, .. ExperimentUnits.Names];

    /// <summary>The measure that a part of a file names, with its options.</summary>
    public static IStudyMeasure Read(StudyFields fields)
    {
        string name = fields.Required("measure");
        if (!Names.Contains(name))
            throw fields.Mistake($"there is no measure '{name}'{NearestName.Hint(name, Names)}");
        var measure = s_own.TryGetValue(name, out var own) ? own(fields) : new ExperimentUnits(fields, name);
        fields.RequireNoOthers();
        return measure;
    }
}
