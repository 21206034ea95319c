using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Fitting;

/// <summary>An engine of public types alone fits and scores as the ones of this library do.</summary>
public sealed class FittingEngineTests
{
    private const int Vocabulary = 60, Width = 8;

    private readonly Matrix _embedding = Uniform(Vocabulary, Width, seed: 1);
    private readonly Matrix _unembedding = Uniform(Width, Vocabulary, seed: 2);

    public static TheoryData<LowRankFitOptions> Fits =>
    [
        new LowRankFitOptions { Rank = 3, MaxSteps = 40, PlateauTolerance = 0 },
        new LowRankFitOptions { Rank = 3, MaxSteps = 40, Objective = FitObjective.MinedSoftmax, BatchSize = 20, PlateauTolerance = 0 },
        new LowRankFitOptions { Rank = 3, MaxNorm = 0.7 },
        new LowRankFitOptions { Rank = 3, WeightDecay = 0.003 },
    ];

    [Theory, MemberData(nameof(Fits))]
    public void Fit_EngineOfPublicTypes_ComesToTheSameLoss(LowRankFitOptions options)
    {
        var engine = new PlainEngine();
        LowRankFit expected = Fit(options), fit = Fit(options with { Engine = engine });
        Assert.Equal(expected.LogLoss, fit.LogLoss, 0.01);
        Assert.Equal(expected.StopReason, fit.StopReason);
        Assert.InRange(engine.Batches, fit.Steps, int.MaxValue);
        Assert.InRange(engine.Blocks, 1, int.MaxValue);
        Assert.InRange(engine.Preparations, 1, engine.Blocks);
        Assert.Equal(0, engine.OpenLosses);
    }

    [Fact]
    public void Fit_EngineThatOnlyScores_HasItsLossesComputedOnTheProcessor()
    {
        var options = new LowRankFitOptions { Rank = 3, MaxSteps = 10 };
        var engine = new PlainEngine();
        var fit = Fit(options with { Engine = new ScoringAlone(engine) });
        Assert.Equal(Fit(options).LogLoss, fit.LogLoss, 1e-4);
        Assert.Equal(0, engine.Batches);
        Assert.InRange(engine.Blocks, 1, int.MaxValue);
    }

    [Fact]
    public void LowRankCopier_EngineOfPublicTypes_FitsAndScoresInAPipeline()
    {
        var ml = new MLContext(seed: 1);
        var model = SmallModel.Create();
        var tokens = ml.Data.LoadVocabulary(model);
        var engine = new PlainEngine();
        var copier = new LowRankCopierTrainer.Options { Fit = new() { Rank = 4, MaxSteps = 20, Engine = engine } };
        var fitted = ml.OVCircuits().Trainers.LowRankCopier(model, copier)
            .Append(ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = engine })).Fit(tokens);
        Assert.InRange(engine.Batches, 20, int.MaxValue);
        var plain = ml.OVCircuits().Evaluate(fitted.Transform(tokens));
        var ours = ml.OVCircuits().Evaluate(fitted.WithEngine(CpuEngine.Shared).Transform(tokens));
        Assert.Equal(ours.Top1Accuracy, plain.Top1Accuracy);
        Assert.Equal(ours.LogLoss, plain.LogLoss, 1e-5);
    }

    private LowRankFit Fit(LowRankFitOptions options) =>
        LowRankFitter.Fit(_embedding, _unembedding, FitExamples.Copying(Vocabulary), options,
            cancellationToken: TestContext.Current.CancellationToken);

    private static Matrix Uniform(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Matrix.Create(rows, columns, (_, _) => 2 * random.NextSingle() - 1);
    }

    private sealed class ScoringAlone(PlainEngine engine) : IScoringEngine
    {
        public int PreferredRows => engine.PreferredRows;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default) => engine.Score(columns, rows, labels, scores, cancellationToken);
    }
}
