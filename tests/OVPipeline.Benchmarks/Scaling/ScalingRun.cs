using System.Diagnostics;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>Measures growth. Sizes take turns, so that what else the machine does meets all of them alike.</summary>
internal sealed class ScalingRun(int width, double rows, int rounds, CancellationToken cancellationToken)
{
    private const int Batch = 512, Steps = 7;

    /// <summary>Scoring and fitting against V at a rank, then both against the rank at the smallest V.</summary>
    public IEnumerable<ScalingResult> All(IReadOnlyList<int> vocabularies, int rank, IReadOnlyList<int> ranks)
    {
        int smallest = vocabularies.Min();
        yield return ScalingResult.Of($"scoring {rows:0.##%} of the rows, 2 V^2 r operations for all", "V", 2, Scoring([.. vocabularies.Select(v => (v, rank))]));
        yield return ScalingResult.Of($"scoring {rows:0.##%} of the rows", "r", 1, Scoring([.. ranks.Select(r => (smallest, r))]));
        yield return ScalingResult.Of($"a step of {Batch} rows against all tokens, (4 d_model + 6 rows) V r operations", "V", 1, FittingSteps([.. vocabularies.Select(v => (v, rank))]));
        yield return ScalingResult.Of($"a step of {Batch} rows against all tokens", "r", 1, FittingSteps([.. ranks.Select(r => (smallest, r))]));
    }

    private List<ScalingPoint> Scoring(IReadOnlyList<(int Vocabulary, int Rank)> sizes)
    {
        var contestants = sizes.Select(size =>
        {
            var circuit = SyntheticHead.Create(size.Vocabulary, width, size.Rank, seed: 1);
            var unpacked = circuit;
            return new Contestant("", Math.Max(1, (int)(size.Vocabulary * rows)), count => Copying.Score(unpacked, new() { LabelRank = true }, count)) { Prepare = () => unpacked = Copying.Unpacked(circuit) };
        }).ToList();
        var (measurements, _) = Interleaving.Run(contestants, rounds, cancellationToken);
        return [.. sizes.Select((size, i) => new ScalingPoint(size.Vocabulary, size.Rank, measurements[i].Seconds,
            2.0 * contestants[i].Rows * size.Vocabulary * size.Rank / measurements[i].Seconds.Median / 1e9))];
    }

    private List<ScalingPoint> FittingSteps(IReadOnlyList<(int Vocabulary, int Rank)> sizes)
    {
        var steps = sizes.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < sizes.Count; i++)
                steps[i].AddRange(StepsOfAFit(sizes[i].Vocabulary, sizes[i].Rank));
        return [.. sizes.Select((size, i) =>
        {
            var seconds = Spread.Of(steps[i]);
            return new ScalingPoint(size.Vocabulary, size.Rank, seconds, (4.0 * width + 6.0 * Batch) * size.Vocabulary * size.Rank / seconds.Median / 1e9);
        })];
    }

    // The first step comes after the start and a look at all rows; the others are steps alone.
    private IEnumerable<double> StepsOfAFit(int vocabulary, int rank)
    {
        var model = new SyntheticModel(SyntheticMatrix.Normal(vocabulary, width, 1, 1, 1), SyntheticMatrix.Normal(width, vocabulary, 1, 1, 2));
        var stamps = new StepClock();
        var start = new FactoredMatrix(SyntheticMatrix.Normal(width, rank, 0.01, 1, 3), SyntheticMatrix.Normal(rank, width, 0.01, 1, 4));
        LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(vocabulary),
            new() { Rank = rank, Objective = FitObjective.FullSoftmax, BatchSize = Batch, MaxSteps = Steps, InitialFactors = start, PlateauTolerance = 0 }, stamps, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return stamps.Seconds;
    }

    /// <summary>The times between reports of progress, as they come and on the fit's own thread.</summary>
    private sealed class StepClock : IProgress<FitProgress>
    {
        private long _last;

        public List<double> Seconds { get; } = [];

        public void Report(FitProgress value)
        {
            long now = Stopwatch.GetTimestamp();
            if (_last != 0)
                Seconds.Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
            _last = now;
        }
    }
}
