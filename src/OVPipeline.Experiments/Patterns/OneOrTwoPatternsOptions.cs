namespace OVPipeline.Experiments;

/// <summary>
/// How much is fitted in "one pattern or two". Its fits see each position once: <see cref="ExperimentOptions.MaxFitSteps"/> is not used.
/// </summary>
public sealed record OneOrTwoPatternsOptions : ExperimentOptions
{
    /// <summary>Blocks of training text that OV circuits are fitted on, each seen once; at least 1, and as many as there are.</summary>
    public int FittedBlocks { get; init; } = 192;

    /// <summary>Fits of each arm with other first weights and another order of the text; at least 1.</summary>
    public int FitSeeds { get; init; } = 3;

    /// <summary>Positions in a step of a fit, at most a block's; at least 1.</summary>
    public int RowsPerStep { get; init; } = 1024;

    /// <summary>Little text, one fit of each arm in smaller steps: for a first look.</summary>
    public static OneOrTwoPatternsOptions Quick { get; } = new()
    {
        FittedBlocks = 12,
        FitSeeds = 1,
        RowsPerStep = 512,
    };
}
