using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>What a fit does at its ends: where it looks, when it stops, and what it says of a fit that was cut short.</summary>
public class FitRunTests
{
    private static readonly (Matrix Embedding, Matrix Unembedding) Model = FitFixtures.Embeddings(90, 12);

    // Steps on batches, then on all examples until these are stationary.
    private static readonly LowRankFitOptions GoingOn =
        new() { Rank = 4, MaxNorm = 0.7, Objective = FitObjective.MinedSoftmax, BatchSize = 30 };

    [Fact]
    public void Fit_GoingOnWithinBounds_StopsAtTheTargetAccuracy()
    {
        // From a random pair, and with steps on batches that hardly move it.
        FactoredMatrix start = new(TestMatrices.Random(12, 4, seed: 3), TestMatrices.Random(4, 12, seed: 4));
        var options = GoingOn with { LearningRate = 1e-4, InitialFactors = start, StationarityTolerance = 1e-6 };
        LowRankFit batches = Fit(options with { MaxSteps = 64 }), end = Fit(options);
        double target = (batches.Accuracy + 3 * end.Accuracy) / 4;
        Assert.InRange(batches.Accuracy, 0, target - 1e-3);
        var fit = Fit(options with { TargetAccuracy = target });
        Assert.Equal(FitStop.TargetAccuracy, fit.StopReason);
        Assert.InRange(fit.Accuracy, target, 1);
        Assert.InRange(fit.Steps, batches.Steps + 1, end.Steps - 1);
        Assert.True(fit.Stationarity > end.Stationarity);
    }

    [Fact]
    public void Fit_CancelledInTheFirstPassOnAllExamples_SaysHowFarFromStationaryItIs()
    {
        using var source = new CancellationTokenSource();
        var progress = new Watch(p => { if (p.Step == 64) source.Cancel(); });
        var options = GoingOn with { PlateauTolerance = 0 };
        var fit = LowRankFitter.Fit(Model.Embedding, Model.Unembedding, FitExamples.Copying(90), options, progress, source.Token);
        Assert.Equal((64, FitStop.Cancelled), (fit.Steps, fit.StopReason));
        Assert.Equal(Fit(options with { MaxSteps = 64 }).Stationarity, fit.Stationarity);
        Assert.NotNull(fit.Stationarity);
    }

    [Fact]
    public void Fit_FullSoftmax_LooksAtItsStartExactlyAlone()
    {
        // A look asks for ranks too, and a temperature for moments: nothing else asks for losses alone but a sample.
        var engine = new Recording();
        Fit(new() { Rank = 4, MaxSteps = 25, Engine = engine });
        Assert.DoesNotContain(engine.Asked, asked => asked is { LabelLogLoss: true, LabelRank: false, LogitMoments: false });
        Assert.Contains(engine.Asked, asked => asked is { LabelLogLoss: true, LabelRank: true });
        engine.Asked.Clear();
        Fit(new() { Rank = 4, MaxSteps = 25, Objective = FitObjective.MinedSoftmax, BatchSize = 30, Engine = engine });
        Assert.Contains(engine.Asked, asked => asked is { LabelLogLoss: true, LabelRank: false, LogitMoments: false });
    }

    [Fact]
    public void Fit_FullSoftmaxThatIsLedAway_ReturnsItsStart()
    {
        LowRankFitOptions options = new() { Rank = 4, Objective = FitObjective.FullSoftmax, LearningRate = 100, MaxSteps = 3 };
        Assert.Equal(Fit(options with { MaxSteps = 0 }).LogLoss, Fit(options).LogLoss, 1e-5);
    }

    private static LowRankFit Fit(LowRankFitOptions options) => LowRankFitter.Fit(
        Model.Embedding, Model.Unembedding, FitExamples.Copying(90), options, null, TestContext.Current.CancellationToken);

    private sealed class Recording : IScoringEngine
    {
        public List<ScoringOptions> Asked { get; } = [];

        public int PreferredRows => CpuEngine.Shared.PreferredRows;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            Asked.Add(scores.Options);
            CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
        }
    }

    private sealed class Watch(Action<FitProgress> report) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => report(value);
    }
}
