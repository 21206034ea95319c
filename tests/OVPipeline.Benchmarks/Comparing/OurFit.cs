using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>One run of our fitter.</summary>
/// <param name="Seconds">Its whole time, with the looks that tell whether the target is reached and give the final loss.</param>
/// <param name="StepSeconds">Its time up to the last step: what is timed of libtorch's fits.</param>
/// <param name="PeakMegabytes">Memory beyond the inputs.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Accuracy">Share of all tokens ranked first at the end.</param>
internal sealed record OurFit(double Seconds, double StepSeconds, double? PeakMegabytes, int Steps, double Accuracy)
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
        var last = new LastStep();
        var (seconds, peak) = Interleaving.Measure(() =>
            fit = LowRankFitter.Fit(
                model.Embedding, model.Unembedding, FitExamples.Copying(model.Embedding.Rows), options, last, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return new(seconds, last.Elapsed.TotalSeconds, peak, fit!.Steps, Copying.Accuracy(model, fit.Residual));
    }

    private sealed class LastStep : IProgress<FitProgress>
    {
        public TimeSpan Elapsed { get; private set; }

        public void Report(FitProgress value) => Elapsed = value.Elapsed;
    }
}
