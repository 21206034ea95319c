using System.Diagnostics;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>Measures growth. Sizes take turns, so that what else the machine does meets all of them alike.</summary>
internal sealed class ScalingRun(int width, double rows, int rounds, CancellationToken cancellationToken)
{
    private const int Batch = 512, FullSteps = 7, MinedSteps = 8, MoreSteps = 10;

    /// <summary>Scoring and fitting against V at a rank, then both against the rank at the smallest V.</summary>
    public IEnumerable<ScalingResult> All(IReadOnlyList<int> vocabularies, int rank, IReadOnlyList<int> ranks)
    {
        int smallest = vocabularies.Min();
        (int, int)[] byVocabulary = [.. vocabularies.Select(v => (v, rank))], byRank = [.. ranks.Select(r => (smallest, r))];
        string scoring = $"scoring {rows:0.##%} of the rows", step = $"a fitting step, {Batch} rows against all tokens";
        yield return ScalingResult.Of(scoring, "V", 2, Scoring(byVocabulary));
        yield return ScalingResult.Of(scoring, "r", 1, Scoring(byRank));
        yield return ScalingResult.Of(step, "V", 1, FittingSteps(byVocabulary, FitObjective.FullSoftmax));
        yield return ScalingResult.Of(step, "r", 1, FittingSteps(byRank, FitObjective.FullSoftmax));
        yield return ScalingResult.Of($"a mined fitting step, the mean of {MinedSteps} with their looks for hard negatives", "V", null,
            FittingSteps(byVocabulary, FitObjective.MinedSoftmax));
    }

    private List<ScalingPoint> Scoring(IReadOnlyList<(int Vocabulary, int Rank)> sizes)
    {
        var contestants = sizes.Select(size =>
        {
            var circuit = SyntheticHead.Create(size.Vocabulary, width, size.Rank, seed: 1);
            var unpacked = circuit;
            void Score(int count) => Copying.Score(unpacked, new() { LabelRank = true }, count);
            return new Contestant("", Math.Max(1, (int)(size.Vocabulary * rows)), Score)
            {
                Prepare = () => unpacked = Copying.Unpacked(circuit),
            };
        }).ToList();
        var (measurements, _) = Interleaving.Run(contestants, rounds, cancellationToken);
        return [.. sizes.Select((size, i) => new ScalingPoint(size.Vocabulary, size.Rank, measurements[i].Seconds,
            2.0 * contestants[i].Rows * size.Vocabulary * size.Rank / measurements[i].Seconds.Median / 1e9))];
    }

    private List<ScalingPoint> FittingSteps(IReadOnlyList<(int Vocabulary, int Rank)> sizes, FitObjective objective)
    {
        var models = sizes.Select(size => new SyntheticModel(SyntheticMatrix.Normal(size.Vocabulary, width, 1, 1, 1),
            SyntheticMatrix.Normal(width, size.Vocabulary, 1, 1, 2))).ToList();
        var seconds = sizes.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < sizes.Count; i++)
                seconds[i].Add(StepOfAFit(models[i], sizes[i].Rank, objective));
        return [.. sizes.Select((size, i) =>
        {
            var spread = Spread.Of(seconds[i]);
            // H and G, the logits, their two gradients, and W_U's: mined steps leave out what they leave out.
            double operations = (4.0 * width + 6.0 * Batch) * size.Vocabulary * size.Rank;
            double? gigaflops = objective == FitObjective.FullSoftmax ? operations / spread.Median / 1e9 : null;
            return new ScalingPoint(size.Vocabulary, size.Rank, spread, gigaflops);
        })];
    }

    // The first step comes after the start and a look at all rows; then steps are alone, or mined ones have a look in every so many. The
    // fit is left after its last measured step: the look at all rows that it would end with is not wanted.
    private double StepOfAFit(SyntheticModel model, int rank, FitObjective objective)
    {
        bool full = objective == FitObjective.FullSoftmax;
        int steps = full ? FullSteps : MinedSteps + 1;
        var clock = new StepClock(steps);
        var start = new FactoredMatrix(SyntheticMatrix.Normal(width, rank, 0.01, 1, 3), SyntheticMatrix.Normal(rank, width, 0.01, 1, 4));
        LowRankFitOptions options = new()
        {
            Rank = rank,
            Objective = objective,
            BatchSize = full ? Batch : null,
            MaxSteps = steps + MoreSteps,
            InitialFactors = start,
            PlateauTolerance = 0,
        };
        try
        {
            LowRankFitter.Fit(
                model.Embedding, model.Unembedding, FitExamples.Copying(model.Embedding.Rows), options, clock, cancellationToken);
        }
        catch (MeasuredException)
        {
        }
        cancellationToken.ThrowIfCancellationRequested();
        return full ? Spread.Of(clock.Seconds).Median : clock.Seconds.Average();
    }

    /// <summary>The times between reports of progress, as they come and on the fit's own thread.</summary>
    private sealed class StepClock(int steps) : IProgress<FitProgress>
    {
        private long _last;

        public List<double> Seconds { get; } = [];

        public void Report(FitProgress value)
        {
            long now = Stopwatch.GetTimestamp();
            if (_last != 0)
                Seconds.Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
            _last = now;
            if (value.Step == steps)
                throw new MeasuredException();
        }
    }

    private sealed class MeasuredException : Exception;
}
