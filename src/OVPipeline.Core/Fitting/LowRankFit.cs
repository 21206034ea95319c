namespace OVPipeline.Core;

/// <summary>A fitted low-rank pair and how the fit went.</summary>
/// <param name="Residual">The pair, <c>A [d_model, r] B [r, d_model]</c>.</param>
/// <param name="LogLoss">Weighted mean log-loss of the examples over the whole vocabulary, in nats: never an in-batch estimate, and without
/// any weight decay penalty.</param>
/// <param name="Accuracy">Share of the examples (by weight) whose label is ranked first of the whole vocabulary.</param>
/// <param name="Steps">Optimiser steps taken.</param>
/// <param name="StopReason">Why it ended.</param>
public sealed record LowRankFit(FactoredMatrix Residual, double LogLoss, double Accuracy, int Steps, FitStop StopReason)
{
    /// <summary>
    /// How far a fit within bounds (<see cref="LowRankFitOptions.MaxNorm"/>, <see cref="LowRankFitOptions.WeightDecay"/>) is from
    /// stationary: the steepest fall of its objective to first order, in nats, for a move of both factors as long as they are, within
    /// rank and norm. 0 where no small move lowers it. Null for fits without bounds, whose loss may have no minimum to reach.
    /// </summary>
    public double? Stationarity { get; init; }

    /// <summary>
    /// For <see cref="FitObjective.SquaredError"/>, the weighted mean over the examples of the squared distance between a row's V logits
    /// and its one-hot label; null for other objectives.
    /// </summary>
    public double? SquaredError { get; init; }

    /// <summary>
    /// What was asked for, with the seed that was taken. Of a fit that was saved and loaded, <see cref="LowRankFitOptions.KnownFactors"/>
    /// are empty, there are no <see cref="LowRankFitOptions.InitialFactors"/>, and the engine is the default one.
    /// </summary>
    public LowRankFitOptions? Options { get; init; }

    /// <summary>The loss estimate that each step reported, in nats, in order; of several descents one after the other.</summary>
    public IReadOnlyList<double> StepLosses { get; init; } = [];

    /// <summary>
    /// The processor's instructions that it was computed with. With AVX-512, AVX2 and NEON the pair has the same bits, and the last digits
    /// of <see cref="LogLoss"/> alone may differ. <c>128-bit vectors</c> and <c>scalar</c> (x86 without AVX2) have no fused multiply-add:
    /// the pair's last bits differ, as they do on a device of another kind. Null where that is not known.
    /// </summary>
    public string? InstructionSet { get; init; }
}
