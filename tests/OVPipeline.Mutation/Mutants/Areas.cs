namespace OVPipeline.Mutation;

/// <summary>What a piece of code is for, by its project and folder or file; those that must not lose a fault are named.</summary>
internal static class Areas
{
    // The first that fits counts. What moves inside its project keeps its area as long as its folder's or file's name stays.
    private static readonly (string Area, string Project, string[] Places)[] Known =
    [
        ("scoring", "OVPipeline.Core", ["Scoring", "Kernels"]),
        ("scoring", "OVPipeline.Torch", ["Engine"]),
        ("scoring", "OVPipeline", ["Scoring"]),
        ("fitting", "OVPipeline.Core", ["Fitting"]),
        ("fitting", "OVPipeline", ["Fitting"]),
        ("evaluation", "OVPipeline", ["Evaluation"]),
        ("evaluation", "OVPipeline.Core", ["Copying", "Metrics"]),
        ("saving", "OVPipeline", ["Interop", "Circuits"]),
        ("saving", "OVPipeline.Checkpoints", ["SafetensorsWriter.cs"]),
        ("saving", "OVPipeline.Torch", ["ModelFiles.cs"]),
        ("processing", "OVPipeline.Checkpoints", ["Processing"]),
        ("processing", "OVPipeline.Core", ["FoldedNorms.cs"]),
        ("statistics", "OVPipeline.Core", ["Statistics"]),
        ("verdicts", "OVPipeline.Experiments", ["Verdict.cs", "Verdicts.cs"]),
    ];

    /// <summary>Where every mutant that has no reason to live must be noticed.</summary>
    public static readonly IReadOnlySet<string> Strict =
        new HashSet<string> { "scoring", "fitting", "evaluation", "saving", "processing", "statistics", "verdicts" };

    /// <summary>The area of a file, by the parts of its path.</summary>
    public static string Of(string project, IReadOnlyCollection<string> path)
    {
        foreach ((string area, string home, string[] places) in Known)
            if (project == home && path.Any(part => places.Any(place => IsOf(part, place))))
                return area;
        return "the rest";
    }

    // A folder by its name, a file by the end of its name.
    private static bool IsOf(string part, string place) =>
        place.Contains('.', StringComparison.Ordinal) ? part.EndsWith(place, StringComparison.Ordinal) : part == place;
}
