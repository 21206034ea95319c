using OVPipeline.Core;
using OVPipeline.Core.Tests;
using Xunit;

namespace OVPipeline.Torch.Tests;

public class TorchFitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(3L << 20)] // neither embedding fits: their rows are sent for every product
    public void Evaluate_FullAndMinedBatches_AgreeWithTheProcessor(long budget)
    {
        using var engine = Engine(budget);
        Matrix sources = TestMatrices.Random(301, 48, 1), outputs = TestMatrices.Random(777, 48, 2);
        var factors = new FactorPair(TestMatrices.Random(48, 9, 3), TestMatrices.Random(48, 9, 4));
        int[] labels = [.. Enumerable.Range(0, 301).Select(i => i % 7 == 0 ? 5 : i * 13 % 777)];
        double[] weights = [.. Enumerable.Range(0, 301).Select(i => (1 + i % 3) / 600.0)];
        float[] logWeights = [.. Enumerable.Range(0, 777).Select(i => i < 100 ? 0 : 2.5f)];
        using var expectedLoss = new SoftmaxLoss();
        using (var loss = ((IFittingEngine)engine).CreateLoss())
            foreach (float[]? columnWeights in new[] { null, logWeights, null })
            {
                var batch = new SoftmaxBatch(sources, outputs, labels, weights, columnWeights);
                var expected = expectedLoss.Evaluate(batch, factors, Token);
                var actual = loss.Evaluate(batch, factors, Token);
                Assert.Equal(expected.Loss, actual.Loss, 1e-5 * expected.Loss);
                AssertNear(expected.Gradient.Left, actual.Gradient.Left);
                AssertNear(expected.Gradient.Right, actual.Gradient.Right);
            }
        Assert.Equal(0, engine.Memory.Used);
        Assert.InRange(engine.PeakMemory, 1, budget);
    }

    [Fact]
    public void Fit_WithinANormOnTheDevice_ReachesTheProcessorsLoss()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(400, 24);
        LowRankFitOptions options = new() { Rank = 8, MaxNorm = 1.5 };
        LowRankFit Fit(LowRankFitOptions with) => LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(400), with, null, Token);
        using var engine = Engine();
        LowRankFit processor = Fit(options), device = Fit(options with { Engine = engine });
        Assert.Equal(FitStop.Stationary, device.StopReason);
        Assert.Equal(processor.LogLoss, device.LogLoss, 1e-3);
    }

    [Theory]
    [InlineData(FitObjective.FullSoftmax, null)]
    [InlineData(FitObjective.FullSoftmax, 100)]
    [InlineData(FitObjective.MinedSoftmax, 100)]
    public void Fit_OnTheDevice_ReachesTheProcessorsLoss(FitObjective objective, int? batchSize)
    {
        using var engine = Engine();
        var (embedding, unembedding) = FitFixtures.Embeddings(400, 24);
        LowRankFitOptions options = new() { Rank = 8, Objective = objective, BatchSize = batchSize, MaxSteps = 40, PlateauTolerance = 0 };
        List<FitProgress> steps = [];
        var expected = LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(400), options, null, Token);
        var actual = LowRankFitter.Fit(
            embedding, unembedding, FitExamples.Copying(400), options with { Engine = engine }, new Steps(steps), Token);
        Assert.Equal((40, FitStop.Steps), (actual.Steps, actual.StopReason));
        Assert.Equal(Enumerable.Range(1, 40), steps.Select(step => step.Step));
        Assert.Equal(expected.LogLoss, actual.LogLoss, 0.02 * expected.LogLoss);
        var (logLoss, accuracy) = FitFixtures.Figures(embedding, unembedding, FitExamples.Copying(400), actual.Residual);
        Assert.Equal(logLoss, actual.LogLoss, 1e-4);
        Assert.Equal(accuracy, actual.Accuracy, 1.5 / 400);
        Assert.Equal(400 * 8 * sizeof(float), engine.Memory.Used); // the last circuit's columns
    }

    [Fact]
    public void Fit_TargetAndCancellation_StopIt()
    {
        using var engine = Engine();
        var (embedding, unembedding) = FitFixtures.Embeddings(300, 24);
        LowRankFitOptions options = new() { Rank = 12, Engine = engine, TargetAccuracy = 0.5, PlateauTolerance = 0 };
        var reached = LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(300), options, null, Token);
        Assert.Equal(FitStop.TargetAccuracy, reached.StopReason);
        Assert.InRange(reached.Accuracy, 0.5, 1);
        using var source = new CancellationTokenSource();
        var cancelled = LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(300), options with { TargetAccuracy = null },
            new Steps([], _ => source.Cancel()), source.Token);
        Assert.Equal((1, FitStop.Cancelled), (cancelled.Steps, cancelled.StopReason));
    }

    [Fact]
    public void Evaluate_BudgetTooSmallForARow_SaysWhatIsNeeded()
    {
        using var engine = Engine(1 << 20);
        using var loss = ((IFittingEngine)engine).CreateLoss();
        Matrix outputs = TestMatrices.Random(20_000, 8, 1), thin = TestMatrices.Random(8, 4, 2);
        var batch = new SoftmaxBatch(outputs, outputs, new int[20_000], new double[20_000], null);
        var error = Assert.Throws<InvalidOperationException>(() => loss.Evaluate(batch, new(thin, thin), Token));
        Assert.Contains("20,000 tokens at rank 4 needs a memory budget of at least", error.Message, StringComparison.Ordinal);
    }

    private static TorchEngine Engine(long budget = TorchEngine.DefaultMemoryBudget)
    {
        NativeFiles.SkipWithoutBackend();
        return new("cpu", budget);
    }

    private static void AssertNear(Matrix expected, Matrix actual)
    {
        float largest = expected.Values.ToArray().Max(Math.Abs);
        for (int i = 0; i < expected.Values.Length; i++)
            Assert.Equal(expected.Values[i], actual.Values[i], 1e-5 * largest);
    }

    private sealed class Steps(List<FitProgress> steps, Action<FitProgress>? onStep = null) : IProgress<FitProgress>
    {
        public void Report(FitProgress value)
        {
            steps.Add(value);
            onStep?.Invoke(value);
        }
    }
}
