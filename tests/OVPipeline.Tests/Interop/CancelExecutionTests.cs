using System.Diagnostics;
using System.Reflection;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>MLContext.CancelExecution stops what runs, within a second, however long its own steps are.</summary>
public sealed class CancelExecutionTests
{
    // What AutoML calls when time is up; programs cannot.
    private static readonly MethodInfo s_cancel =
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.NonPublic | BindingFlags.Instance)!;
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Fit_OfACopierWithLongSteps_StopsWithinASecond()
    {
        var model = SmallModel.Create(vocabulary: 20_000, dModel: 96);
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(model, rank: 48);
        AssertStops(() => trainer.Fit(_ml.Data.LoadVocabulary(model)));
    }

    [Fact]
    public void Fit_OfHeadsWhoseWeightsAreSlowToRead_StopsWithinASecond()
    {
        var weights = new SlowWeights(SmallModel.Create().Weights, TimeSpan.FromMilliseconds(200));
        var model = new TransformerCheckpoint(new TransformerWeights(Config, weights), SmallModel.Create().Vocabulary);
        var tokens = _ml.Data.LoadVocabulary(model);
        AssertStops(() => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, [.. Config.AllHeads]).Fit(tokens));
    }

    [Fact]
    public void Fit_OfHeadsWithATokenThatIsCancelled_StopsWithinASecond()
    {
        var weights = new SlowWeights(SmallModel.Create().Weights, TimeSpan.FromMilliseconds(200));
        var model = new TransformerCheckpoint(new TransformerWeights(Config, weights), SmallModel.Create().Vocabulary);
        var tokens = _ml.Data.LoadVocabulary(model);
        using var source = new CancellationTokenSource(300);
        var estimator = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, [.. Config.AllHeads], source.Token);
        long start = Stopwatch.GetTimestamp();
        Assert.ThrowsAny<OperationCanceledException>(() => estimator.Fit(tokens));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(1.3));
    }

    [Fact]
    public void Fit_AfterAnExtractionThatFailed_ExtractsAgain()
    {
        var weights = new SlowWeights(SmallModel.Create().Weights, TimeSpan.Zero) { Failures = 1 };
        var model = new TransformerCheckpoint(new TransformerWeights(Config, weights), SmallModel.Create().Vocabulary);
        var tokens = _ml.Data.LoadVocabulary(model);
        var estimator = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 0));
        Assert.Throws<IOException>(() => estimator.Fit(tokens));
        Assert.Equal(120, estimator.Fit(tokens).Circuit.Vocabulary);
    }

    [Fact]
    public void Fit_OfACopierWhoseEmbeddingIsSlowToRead_StopsWithinASecond()
    {
        var weights = new SlowWeights(SmallModel.Create().Weights, TimeSpan.FromSeconds(8));
        var model = new TransformerCheckpoint(new TransformerWeights(Config, weights), SmallModel.Create().Vocabulary);
        AssertStops(() => _ml.OVCircuits().Trainers.LowRankCopier(model, 3).Fit(_ml.Data.LoadVocabulary(model)));
    }

    [Fact]
    public void Read_OfScoredDataWithALongBlock_StopsWithinASecond()
    {
        var model = SmallModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        var scoring = _ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = new EndlessEngine() });
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 0)).Append(scoring)
            .Fit(tokens).Transform(tokens);
        AssertStops(() => _ml.OVCircuits().Evaluate(scored));
    }

    [Fact]
    public void FindCopyingHeads_AndTheAtlas_Stop()
    {
        var model = SmallModel.Create();
        AssertStops(() => _ml.OVCircuits().FindCopyingHeads(model, new() { Engine = new EndlessEngine() }));
        var other = new MLContext();
        AssertStops(() => other.ComputeHeadAtlas(model, new() { Engine = new EndlessEngine() }), other);
    }

    private static TransformerConfig Config => SmallModel.Create().Weights.Config;

    private void AssertStops(Action work, MLContext? context = null)
    {
        var ml = context ?? _ml;
        long cancelled = 0;
        using var timer = new Timer(_ =>
        {
            cancelled = Stopwatch.GetTimestamp();
            s_cancel.Invoke(ml, null);
        }, null, 300, Timeout.Infinite);
        Assert.ThrowsAny<OperationCanceledException>(work);
        Assert.NotEqual(0, cancelled);
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>Weights of which each takes so long to read.</summary>
    private sealed class SlowWeights(TransformerWeights weights, TimeSpan time) : IWeightSource
    {
        public int Failures { get; set; }

        public bool Has(WeightKind kind) => weights.Has(kind);

        public Matrix Read(WeightKind kind, HeadIndex head)
        {
            if (Failures-- > 0)
                throw new IOException("The disk is away.");
            Thread.Sleep(time);
            return weights.Read(kind, head);
        }
    }

    /// <summary>An engine that scores until it is told to stop.</summary>
    private sealed class EndlessEngine : IScoringEngine
    {
        public int PreferredRows => 64;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(20));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
