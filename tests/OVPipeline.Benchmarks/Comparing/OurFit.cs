using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>One run of our fitter.</summary>
internal sealed record OurFit(double Seconds, double? PeakMegabytes, int Steps, double Accuracy)
{
    public bool ReachedTarget => Accuracy >= CompareOptions.Target;

    /// <summary>Stops at the target accuracy. Looking whether it is reached is part of the time.</summary>
    public static OurFit ToTarget(SyntheticModel model, int rank, int seed, CancellationToken cancellationToken) =>
        Run(model, new() { Rank = rank, Seed = seed, TargetAccuracy = CompareOptions.Target }, cancellationToken);

    /// <summary>Takes the steps that are taken where nothing is said of them.</summary>
    public static OurFit ToTheEnd(SyntheticModel model, int rank, int seed, CancellationToken cancellationToken) =>
        Run(model, new() { Rank = rank, Seed = seed }, cancellationToken);

    /// <summary>Fits with options, and measures it.</summary>
    public static OurFit Run(SyntheticModel model, LowRankFitOptions options, CancellationToken cancellationToken)
    {
        LowRankFit? fit = null;
        var (seconds, peak) = Interleaving.Measure(() =>
            fit = LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(model.Embedding.Rows), options,
                cancellationToken: cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return new(seconds, peak, fit!.Steps, Copying.Accuracy(model, fit.Residual));
    }
}
