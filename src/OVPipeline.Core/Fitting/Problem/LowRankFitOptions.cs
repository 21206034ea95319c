namespace OVPipeline.Core;

/// <summary>How a low-rank pair is fitted.</summary>
public sealed record LowRankFitOptions
{
    /// <summary>Rank of the pair, in [1, d_model].</summary>
    public required int Rank { get; init; }

    /// <summary>
    /// Seed of everything random. The same seed gives the same pair to the last bit, at any thread count and on every processor with fused
    /// multiply-add (AVX-512, AVX2, NEON); on others see <see cref="LowRankFit.InstructionSet"/>. Null: 1, or the pipeline's MLContext
    /// seed.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>
    /// What is minimised; null (the default) takes <see cref="FitObjective.FullSoftmax"/> where examples x V is at most 2^25, as a pass
    /// over all logits then costs no more than a mined batch, and <see cref="FitObjective.MinedSoftmax"/> above.
    /// </summary>
    public FitObjective? Objective { get; init; }

    /// <summary>
    /// Most optimiser steps after the start; 0 keeps the start. Null (the default) takes 64 for mined softmax and 200 for full softmax.
    /// The learning rate falls towards zero over this many steps, so a larger number is a longer and better fit. A fit of full softmax
    /// within bounds (<see cref="MaxNorm"/>, <see cref="WeightDecay"/>) over all examples at once goes on until it is stationary: this
    /// is then the most steps of each descent, null takes 1,000. Where it is null, steps on batches within bounds are followed by such
    /// steps too, as long as examples x V x rank is at most 2^35.
    /// </summary>
    public int? MaxSteps { get; init; }

    /// <summary>Stops once this share of the examples (by weight) is ranked first, in (0, 1]; null to go on.</summary>
    public double? TargetAccuracy { get; init; }

    /// <summary>
    /// Stops once the mean loss of 20 steps is not below that of the 20 steps before by this share of it; 0 never stops. Not for fits
    /// that go on until they are stationary.
    /// </summary>
    public double PlateauTolerance { get; init; } = 1e-4;

    /// <summary>
    /// Weight w of the penalty <c>w / 2 (|A|^2 + |B|^2)</c> (Frobenius) that is added to the mean loss, in nats; at best factors this is
    /// <c>w</c> times the nuclear norm of <c>A B</c>. 0 (the default) for none. Softmax objectives only.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest Frobenius norm of <c>A B</c>: factors beyond it are scaled back onto it. Null (the default) for no cap.</summary>
    public double? MaxNorm { get; init; }

    /// <summary>
    /// A fit within bounds is stationary where <see cref="LowRankFit.Stationarity"/> is at most this, in nats; default 0.005.
    /// </summary>
    public double StationarityTolerance { get; init; } = 0.005;

    /// <summary>
    /// Pairs that are known to be possible, of rank at most <see cref="Rank"/> and best within <see cref="MaxNorm"/> (larger ones are
    /// scaled back): a head's own circuit, the fit of a lower rank. The fit starts from them too, and its objective is never above
    /// theirs. Default none.
    /// </summary>
    public IReadOnlyList<FactoredMatrix> KnownFactors { get; init; } = [];

    /// <summary>
    /// Where to start, <c>A [d_model, r] B [r, d_model]</c>, r being <see cref="Rank"/>; null (the default) starts from the canonical
    /// correlations of the two embeddings.
    /// </summary>
    public FactoredMatrix? InitialFactors { get; init; }

    /// <summary>
    /// Largest step size, in coordinates in which both embeddings have unit covariance; null (the default) takes 0.005 for mined softmax
    /// and 0.03 for full softmax.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// Examples per step; null (the default) takes 2,048, and all of them for full softmax where examples x V is at most 2^25.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// What scores and, where it can, computes losses and gradients; chosen at run time and never saved. Default
    /// <see cref="CpuEngine.Shared"/>. The start is always computed on the processor.
    /// </summary>
    public IScoringEngine Engine { get; init; } = CpuEngine.Shared;
}
