namespace OVPipeline.Experiments;

/// <summary>
/// How circuits are put in the place of two heads'. How much text they are judged on is the laboratory's
/// (<see cref="LaboratoryOptions.ScalarBlocks"/>, <see cref="LaboratoryOptions.JudgedBlocks"/>).
/// </summary>
public sealed record PutItBackOptions : ExperimentOptions
{
    /// <summary>Copiers of 40 steps: for a first look.</summary>
    public static PutItBackOptions Quick { get; } = new() { MaxFitSteps = QuickFitSteps };
}
