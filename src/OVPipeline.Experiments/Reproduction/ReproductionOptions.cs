namespace OVPipeline.Experiments;

/// <summary>How the copiers of <see cref="Reproduction"/> are fitted.</summary>
public sealed record ReproductionOptions : ExperimentOptions
{
    /// <summary>Fits of 40 steps: for a first look.</summary>
    public static ReproductionOptions Quick { get; } = new() { MaxFitSteps = QuickFitSteps };
}
