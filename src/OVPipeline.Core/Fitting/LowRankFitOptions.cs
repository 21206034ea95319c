namespace OVPipeline.Core;

/// <summary>How a low-rank pair is fitted.</summary>
public sealed record LowRankFitOptions
{
    /// <summary>Rank of the pair, in [1, d_model].</summary>
    public required int Rank { get; init; }

    /// <summary>Seed of everything random. The same seed gives the same bits at any thread count. Null: 1, or the pipeline's MLContext seed.</summary>
    public int? Seed { get; init; }

    /// <summary>Most optimiser steps after the closed-form start; 0 keeps the start.</summary>
    public int MaxSteps { get; init; } = 60;

    /// <summary>Stops once this share of the examples is ranked first, in (0, 1]; null to go on.</summary>
    public double? TargetAccuracy { get; init; }
}
