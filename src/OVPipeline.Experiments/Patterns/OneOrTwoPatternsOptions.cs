using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>
/// How much is fitted in "one pattern or two". Its fits take as much text as it takes:
/// <see cref="ExperimentOptions.MaxFitSteps"/> is not used.
/// </summary>
public sealed record OneOrTwoPatternsOptions : ExperimentOptions
{
    /// <summary>Blocks of training text, about 2,000 tokens each, that OV circuits are fitted on at first; at least 1.</summary>
    public int FittedBlocks { get; init; } = 192;

    /// <summary>
    /// Fits of each arm with other first weights and another order of the text; at least 1. One says nothing of how much fits vary, so that
    /// arms are not compared.
    /// </summary>
    public int FitSeeds { get; init; } = 3;

    /// <summary>
    /// The most blocks, at least <see cref="FittedBlocks"/>: fits of the two heads take twice as many, and twice again, until it does not
    /// matter where they start; where the text has fewer, its blocks come again. It is no part of what a kept result depends on: one of
    /// more blocks, or one in which starts agreed, answers too, and one of fewer is gone on with.
    /// </summary>
    [JsonIgnore]
    public int MostFittedBlocks { get; init; } = 384;

    /// <summary>Positions in a step of a fit, at most a block's; at least 1.</summary>
    public int RowsPerStep { get; init; } = 1024;

    /// <summary>Little text, one fit of each start in smaller steps: for a first look, which compares no arms.</summary>
    public static OneOrTwoPatternsOptions Quick { get; } = new()
    {
        FittedBlocks = 12,
        FitSeeds = 1,
        MostFittedBlocks = 12,
        RowsPerStep = 512,
    };
}
