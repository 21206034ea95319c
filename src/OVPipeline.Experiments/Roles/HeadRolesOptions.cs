namespace OVPipeline.Experiments;

/// <summary>
/// How many heads are compared. How much text they are measured on is the laboratory's (<see cref="LaboratoryOptions.JudgedBlocks"/>).
/// </summary>
public sealed record HeadRolesOptions : ExperimentOptions
{
    /// <summary>Heads of the layer of A and B that are compared two by two: A, B and the best copiers; 2 at least.</summary>
    public int MostHeads { get; init; } = 6;

    /// <summary>The same: nothing is fitted, and the laboratory's text is what takes time.</summary>
    public static HeadRolesOptions Quick { get; } = new();
}
