using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Benchmarks;

/// <summary>
/// Our engine on the processor, our engine on a Torch device, and libtorch's idioms on that device, in turn: scoring a trained copier, and
/// fitting it.
/// </summary>
internal static class EngineComparison
{
    /// <summary>Scores a trained copier of each rank with both.</summary>
    public static IEnumerable<EngineResult> Score(CompareOptions options, CancellationToken cancellationToken)
    {
        using var engine = new TorchEngine(options.Device);
        foreach (int rank in options.Ranks)
            yield return Compare(ScoringComparison.TrainedCopier(options, rank, cancellationToken), engine, options, cancellationToken);
    }

    /// <summary>Fits a copier of each rank with both, to the end.</summary>
    public static IEnumerable<FittingResult> Fit(CompareOptions options, CancellationToken cancellationToken)
    {
        using var engine = new TorchEngine(options.Device);
        double noise = options.Noises[0];
        var model = SyntheticModel.Create(options.Vocabulary, options.Width, noise, seed: 1);
        foreach (int rank in options.Ranks)
        {
            var lines = new[] { ("cpu", CpuEngine.Shared), (Name(options.Device), (IScoringEngine)engine) }.Select(way =>
            {
                var fit = OurFit.Run(model, new() { Rank = rank, Engine = way.Item2 }, cancellationToken);
                return new FittingLine($"ours on {way.Item1}", null, null, fit.Accuracy, fit.Seconds, fit.PeakMegabytes, null, null, null);
            });
            yield return new(options.Vocabulary, options.Width, rank, noise, 1, CompareOptions.Target,
                [.. lines, Idiom(model, rank, options, cancellationToken)]);
        }
    }

    // Until it has reached the target, or its time is up.
    private static FittingLine Idiom(SyntheticModel model, int rank, CompareOptions options, CancellationToken cancellationToken)
    {
        const int StepsBetweenLooks = 10, SampleEvery = 8;
        const double SampleMargin = 0.005;
        using var fit = new FactoredTorchFit(model, rank, options.Steps, seed: 1, options.Device);
        var run = new TorchRun($"libtorch on {Name(options.Device)}, gradient by hand", fit);
        while (!fit.Ended && run.Seconds < options.FitSeconds && run.SecondsToTarget is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            run.TakeSteps(StepsBetweenLooks);
            run.Look(model, SampleEvery, SampleMargin);
        }
        return new(run.Name, run.SecondsToTarget is { } time ? Spread.Of([time]) : null, run.StepsToTarget,
            Copying.Accuracy(model, fit.Factors), run.Seconds, run.PeakMegabytes, null, null, null);
    }

    private static EngineResult Compare(
        TokenCircuit circuit, TorchEngine engine, CompareOptions options, CancellationToken cancellationToken)
    {
        int vocabulary = circuit.Vocabulary;
        ScoringOptions rank = new() { LabelRank = true }, top = new() { TopK = 5 };
        Contestant Of(string name, IScoringEngine by, ScoringOptions outputs) =>
            new(name, vocabulary, rows => Copying.Score(circuit, outputs, rows, by));
        using var torch = new TorchScoring(circuit, options.Device);
        Contestant[] contestants =
        [
            Of("cpu, rank of the label", CpuEngine.Shared, rank), Of("cpu, top 5", CpuEngine.Shared, top),
            Of($"{Name(options.Device)}, rank of the label", engine, rank), Of($"{Name(options.Device)}, top 5", engine, top),
            new($"libtorch on {Name(options.Device)}, count above in a reused buffer", vocabulary, torch.CountAbove),
            new($"libtorch on {Name(options.Device)}, topk(5) of batches of 100", vocabulary, torch.TopK),
        ];
        var (measurements, _) = Interleaving.Run(contestants, options.Rounds, cancellationToken);
        long before = engine.RedoneRows;
        ScoredRows ours = Copying.Score(circuit, rank, vocabulary), theirs = Copying.Score(circuit, rank, vocabulary, engine);
        int differ = ours.LabelRanks.Zip(theirs.LabelRanks).Count(pair => pair.First != pair.Second);
        return new(circuit.Name, vocabulary, circuit.Rank, theirs.RecheckedRows, engine.RedoneRows - before, differ,
            [.. contestants.Select((contestant, i) =>
            {
                var seconds = measurements[i].Seconds;
                return new EngineLine(contestant.Name, seconds, 2.0 * vocabulary * vocabulary * circuit.Rank / seconds.Median / 1e9,
                    measurements[i].PeakMegabytes, i < 2 ? null : seconds.Median / measurements[i % 2].Seconds.Median);
            })]);
    }

    // As the samples' --device has it: "cpu" alone is the engine of this project.
    private static string Name(string device) => device == "cpu" ? "torch-cpu" : device;
}
