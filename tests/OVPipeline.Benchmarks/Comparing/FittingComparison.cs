using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>
/// Time to a target accuracy, ours and libtorch's, and where asked for the accuracy at the end. libtorch's fits take turns, some steps
/// each, until they have reached the target or their time is up, and ours runs before and after them. Accuracies are measured by our
/// exact scorer, outside of what is timed; ours has its own looks within its time, and its time up to the last step is given beside it.
/// </summary>
internal static class FittingComparison
{
    private const int StepsBetweenLooks = 10, SampleEvery = 8;

    // A sample this far below the target is not looked at in full.
    private const double SampleMargin = 0.005;

    /// <summary>Measures each rank, difficulty and data seed.</summary>
    public static IEnumerable<FittingResult> Run(CompareOptions options, CancellationToken cancellationToken) =>
        from rank in options.Ranks
        from noise in options.Noises
        from seed in Enumerable.Range(1, options.Seeds)
        select Compare(SyntheticModel.Create(options.Vocabulary, options.Width, noise, seed), rank, noise, seed, options,
            cancellationToken);

    private static FittingResult Compare(SyntheticModel model, int rank, double noise, int seed, CompareOptions options,
        CancellationToken cancellationToken)
    {
        // Something has to be compiled before the first measured fit.
        LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(options.Vocabulary), new() { Rank = rank, MaxSteps = 1 },
            cancellationToken: cancellationToken);
        List<OurFit> ours = [OurFit.ToTarget(model, rank, seed, cancellationToken)];
        List<TorchRun> runs = [];
        if (options.HasTorch)
        {
            runs =
            [
                new("libtorch, autograd", new NaiveTorchFit(model, rank, options.Steps, seed)),
                new("libtorch, gradient by hand", new FactoredTorchFit(model, rank, options.Steps, seed)),
            ];
            bool GoesOn(TorchRun run) =>
                !run.Fit.Ended && run.Seconds < options.FitSeconds && (options.ToTheEnd || run.SecondsToTarget is null);
            while (runs.Any(GoesOn))
                foreach (var run in runs.Where(GoesOn))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    run.TakeSteps(StepsBetweenLooks);
                    run.Look(model, SampleEvery, SampleMargin);
                }
            ours.Add(OurFit.ToTarget(model, rank, seed, cancellationToken));
        }
        var last = options.ToTheEnd ? OurFit.ToTheEnd(model, rank, seed, cancellationToken) : ours[^1];
        Spread? seconds = ours.All(fit => fit.ReachedTarget) ? Spread.Of(ours.Select(fit => fit.Seconds)) : null;
        Spread? steps = seconds is null ? null : Spread.Of(ours.Select(fit => fit.StepSeconds));
        List<FittingLine> lines =
        [
            new("ours", seconds, seconds is null ? null : ours[0].Steps, last.Accuracy, last.Seconds,
                Max([.. ours.Select(fit => fit.PeakMegabytes), last.PeakMegabytes]), null, null, null),
            new("ours, up to its last step", steps, seconds is null ? null : ours[0].Steps, ours[^1].Accuracy, ours[^1].StepSeconds, null,
                null, null, null),
        ];
        foreach (var run in runs)
        {
            lines.Add(new(run.Name, run.SecondsToTarget is { } time ? Spread.Of([time]) : null, run.StepsToTarget,
                Copying.Accuracy(model, run.Fit.Factors), run.Seconds, run.PeakMegabytes, run.SecondsToTarget / seconds?.Median,
                run.SecondsToTarget is null ? run.Seconds / seconds?.Median : null, (run.SecondsToTarget ?? run.Seconds) / steps?.Median));
            run.Fit.Dispose();
        }
        return new(options.Vocabulary, options.Width, rank, noise, seed, CompareOptions.Target, lines);
    }

    private static double? Max(IEnumerable<double?> values) => values.Max();
}
