using OVPipeline.Core;
using OVPipeline.Core.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public class TorchEngineTests
{
    private static readonly ScoringOptions All = new()
    {
        TopK = 5,
        LabelRank = true,
        LabelLogLoss = true,
        LogitMoments = true,
        Probabilities = true,
        InverseTemperature = 0.7,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds, "copier"];

    [Theory, MemberData(nameof(Kinds))]
    public void Score_EveryKindAndSize_IsTheCpuEngines(string kind)
    {
        using var engine = Engine();
        foreach (var (vocabulary, rank, topK) in new[]
        {
            (1, 1, 1), (2, 3, 2), (15, 1, 15), (17, 16, 17), (48, 17, 48), (63, 64, 10), (255, 7, 100), (1025, 33, 5), (3000, 200, 3),
        })
        {
            var circuit = ScoringCases.Create(kind, vocabulary, rank);
            int rows = Math.Min(vocabulary, 60);
            AssertSame($"{kind} V {vocabulary} r {rank}", engine, circuit, rows, ScoringCases.Labels(rows, vocabulary),
                All with { TopK = topK });
        }
    }

    [Theory]
    [InlineData(1L << 20, 3000, 200)] // 2.4 MB of columns: they do not stay
    [InlineData(3L << 20, 3000, 64)]
    [InlineData(1L << 24, 3000, 64)]
    [InlineData(1L << 20, 2999, 5)]
    public void Score_SmallBudget_IsKeptAndGivesTheSame(long budget, int vocabulary, int rank)
    {
        using var engine = Engine(budget);
        var circuit = ScoringCases.Create("copier", vocabulary, rank);
        int[] labels = ScoringCases.Labels(500, vocabulary);
        AssertSame("copier", engine, circuit, 500, labels, All with { Probabilities = false });
        AssertSame("near ties", engine, ScoringCases.Create("near ties", vocabulary, rank), 30, labels[..30], All);
        Assert.InRange(engine.PeakMemory, 1 << 16, budget);
    }

    [Theory]
    [InlineData("ordinary", 0.1)]
    [InlineData("copier", 0.1)]
    [InlineData("duplicates", 1)]
    public void Score_RowsLeftOpen_AreCounted(string kind, double most)
    {
        using var engine = Engine();
        var circuit = ScoringCases.Create(kind, 2000, 32);
        var scores = Score(engine, circuit, 1000, [.. Enumerable.Range(0, 1000)], new() { TopK = 3, LabelRank = true });
        Assert.InRange(engine.RedoneRows, kind == "duplicates" ? 1000 : 0, (long)(most * 1000));
        Assert.InRange(scores.RecheckedRows, (int)engine.RedoneRows, 1000);
    }

    [Fact]
    public void Score_OpenInSinglePrecisionAlone_IsDecidedOnTheDevice()
    {
        // Columns that differ beyond single precision's rounding of a sum, and well within its bound.
        Matrix h = TestMatrices.Random(40, 64, 1), g = TestMatrices.Random(64, 400, 2);
        var close = Matrix.Create(64, 400, (k, j) => g[k, j % 40] * (1 + 1e-6f * (j / 40)));
        using var engine = Engine();
        var circuit = ScoringCases.Of(Matrix.Create(400, 64, (i, k) => h[i % 40, k]), close);
        int[] labels = [.. Enumerable.Range(0, 400)];
        AssertSame("close", engine, circuit, 400, labels, new() { LabelRank = true, TopK = 4 });
        Assert.True(Score(engine, circuit, 400, labels, new() { LabelRank = true }).RecheckedRows > engine.RedoneRows);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Score_OneOutputAtATime_IsTheCpuEngines(bool rank, bool loss)
    {
        using var engine = Engine();
        var circuit = ScoringCases.Create("copier", 700, 20);
        var options = new ScoringOptions { TopK = rank || loss ? 0 : 7, LabelRank = rank, LabelLogLoss = loss };
        AssertSame("copier", engine, circuit, 300, rank || loss ? ScoringCases.Labels(300, 700) : [], options);
        AssertSame("moments", engine, circuit, 10, [], new() { LogitMoments = true });
    }

    [Fact]
    public void Score_ManyThreadsAndCircuits_EachGetsItsOwn()
    {
        using var engine = Engine(4 << 20);
        Parallel.For(0, 12, i => AssertSame(
            $"{i}", engine, ScoringCases.Create("copier", 200 + 50 * (i % 3), 16, seed: i % 3), 100, ScoringCases.Labels(100, 200), All));
        Assert.InRange(engine.PeakMemory, 1, 4 << 20);
    }

    [Fact]
    public void Score_TopColumnsWithNearTiesBeyondTheSpare_AreTheCpuEngines()
    {
        var circuit = ScoringCases.Create("near ties", 2100, 24);
        using var engine = Engine();
        AssertSame("near ties", engine, circuit, 9, ScoringCases.Labels(9, 2100), new() { TopK = 1024, LabelRank = true });
    }

    [Fact]
    public void ScoreVocabulary_EmbeddedModelsCircuits_AreTheCpuEngines()
    {
        using var engine = Engine();
        var weights = OVPipeline.Checkpoints.TransformerCheckpoint.Load(EmbeddedModel.Folder).Weights;
        var options = new ScoringOptions { TopK = 5, LabelRank = true, LabelLogLoss = true };
        foreach (var circuit in new[]
        {
            TokenCircuit.OfHeads(weights, new HeadIndex(1, 7)),
            TokenCircuit.OfHeads(weights, new HeadIndex(1, 4), new HeadIndex(1, 10)),
        })
        {
            ScoredRows expected = CpuEngine.Shared.ScoreVocabulary(circuit, options, cancellationToken: Token),
                actual = engine.ScoreVocabulary(circuit, options, cancellationToken: Token);
            Assert.Equal(expected.LabelRanks, actual.LabelRanks);
            Assert.Equal(expected.TopTokens, actual.TopTokens);
            Assert.Equal(expected.TopScores, actual.TopScores);
            Assert.Equal(expected.LabelLogLosses.Average(), actual.LabelLogLosses.Average(), 1e-6);
        }
        Assert.InRange(engine.RedoneRows, 0, weights.Config.Vocabulary / 10);
    }

    [Fact]
    public void ScoreVocabulary_ThroughTheCommonPath_ReportsProgressAndAgrees()
    {
        using var engine = Engine();
        var circuit = ScoringCases.Create("copier", 5000, 24);
        var options = new ScoringOptions { TopK = 2, LabelRank = true };
        List<int> reported = [];
        var scores = engine.ScoreVocabulary(circuit, options, new Reports(reported), Token);
        Assert.Equal([engine.PreferredRows, 5000], reported);
        var expected = CpuEngine.Shared.ScoreVocabulary(circuit, options, cancellationToken: Token);
        Assert.Equal(expected.LabelRanks, scores.LabelRanks);
        Assert.Equal(expected.TopTokens, scores.TopTokens);
    }

    [Fact]
    public void Dispose_AfterScorings_LeavesNoTensor()
    {
        var engine = Engine();
        Score(engine, ScoringCases.Create("near ties", 300, 8), 100, ScoringCases.Labels(100, 300), All);
        Score(engine, ScoringCases.Create("copier", 300, 8), 100, ScoringCases.Labels(100, 300), All);
        Assert.Equal(300 * 8 * sizeof(float), engine.Memory.Used);
        engine.Dispose();
        engine.Dispose();
        Assert.Equal(0, engine.Memory.Used);
        Assert.Throws<ObjectDisposedException>(() => Score(engine, ScoringCases.Create("ordinary", 20, 4), 3, [], new() { TopK = 1 }));
    }

    [Fact]
    public void Score_CancelledBeforeOrWithin_Throws()
    {
        using var engine = Engine(1 << 20);
        var circuit = ScoringCases.Create("ordinary", 3000, 64);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            engine.Score(circuit.Columns, circuit.H.Values.ToArray(), default, new(new() { TopK = 1 }, 3000, 3000), new(canceled: true)));
        using var source = new CancellationTokenSource(50);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            for (int i = 0; i < 10_000; i++)
                engine.Score(circuit.Columns, circuit.H.Values.ToArray(), default, new(new() { TopK = 1 }, 3000, 3000), source.Token);
        });
        AssertSame("afterwards", engine, circuit, 20, ScoringCases.Labels(20, 3000), All);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Score_RowThatIsNotFinite_SaysWhich(float value)
    {
        using var engine = Engine();
        var rows = new float[12];
        rows[9] = value;
        var error = Assert.Throws<ArgumentException>(
            () => engine.Score(ScoringCases.Create("ordinary", 20, 4).Columns, rows, default, new(new() { TopK = 1 }, 3, 20), Token));
        Assert.Contains("Row 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_DeviceOfLessPrecision_IsFoundOut()
    {
        using var engine = Engine();
        var circuit = ScoringCases.Create("ordinary", 200, 64);
        var rounded = Matrix.Create(200, 64, (i, k) => MathF.Round(circuit.H[i, k] * 1024) / 1024); // about what TF32 leaves
        var limits = Enumerable.Range(0, 200).Select(i =>
        {
            using var columns = new DeviceColumns(circuit.Columns, engine.Memory, torch.CPU, isResident: false);
            return RowLimits.Of(circuit.H.Row(i), columns, All);
        }).ToArray();
        double worst = Enumerable.Range(0, 200)
            .Max(i => Enumerable.Range(0, 64).Sum(k => (double)(rounded[i, k] - circuit.H[i, k]) * circuit.G[k, i]) - limits[i].Single);
        Assert.True(worst > 0, "Rounding the factors to TF32 must exceed the bound, or the check is of no use.");
        var error = Assert.Throws<InvalidOperationException>(() => BlockScoring.RequireSinglePrecision([-1, worst], "cuda:0"));
        Assert.Contains("TF32", error.Message, StringComparison.Ordinal);
    }

    private static TorchEngine Engine(long budget = TorchEngine.DefaultMemoryBudget)
    {
        NativeFiles.SkipWithoutBackend();
        return new("cpu", budget);
    }

    private static ScoredRows Score(IScoringEngine engine, TokenCircuit circuit, int rows, int[] labels, ScoringOptions options)
    {
        var scores = new ScoredRows(options, rows, circuit.Vocabulary);
        engine.Score(circuit.Columns, circuit.H.Values[..(rows * circuit.Rank)].ToArray(), labels, scores, Token);
        return scores;
    }

    // Logits of the first row are 2^-24 apart: less than twice what single precision may be off by, more than double's. Of the second 1/2.
    [Fact]
    public void Score_OrderThatSinglePrecisionLeavesOpen_IsCountedAsLookedAtAgain()
    {
        using var engine = Engine();
        float[] columns = [1, 1 - (1f / (1 << 24)), 1, 0.5f];
        var identity = Matrix.Create(2, 2, (i, k) => i == k ? 1 : 0);
        var circuit = ScoringCases.Of(identity, Matrix.Create(2, 2, (k, column) => columns[(k * 2) + column]));
        Assert.Equal((0, 1), Found(0));
        Assert.Equal((0, 0), Found(1));

        (int Top, int Rechecked) Found(int row)
        {
            var scores = new ScoredRows(new() { TopK = 1 }, 1, 2);
            float[] values = [.. circuit.H.Row(row)];
            engine.Score(circuit.Columns, values, default, scores, Token);
            return (scores.TopTokens[0], scores.RecheckedRows);
        }
    }

    private static void AssertSame(string what, TorchEngine engine, TokenCircuit circuit, int rows, int[] labels, ScoringOptions options)
    {
        ScoredRows expected = Score(CpuEngine.Shared, circuit, rows, labels, options),
            actual = Score(engine, circuit, rows, labels, options);
        Assert.Equal(expected.LabelRanks, actual.LabelRanks);
        Assert.Equal(expected.TopTokens, actual.TopTokens);
        Assert.Equal(expected.TopScores, actual.TopScores);
        for (int i = 0; i < expected.LabelLogLosses.Length; i++)
            AssertNear(expected.LabelLogLosses[i], actual.LabelLogLosses[i], 2e-5, 1e-4, $"{what} row {i} loss");
        for (int i = 0; i < expected.LogitMeans.Length; i++)
        {
            double size = Math.Abs(expected.LogitMeans[i]) + Math.Sqrt(expected.LogitVariances[i]);
            AssertNear(expected.LogitMeans[i], actual.LogitMeans[i], 1e-5, 1e-5 * size + 1e-40, $"{what} row {i} mean");
            AssertNear(expected.LogitVariances[i], actual.LogitVariances[i], 1e-4, 1e-5 * size * size + 1e-70, $"{what} row {i} variance");
        }
        for (int i = 0; i < expected.Probabilities.Length; i++)
            AssertNear(expected.Probabilities[i], actual.Probabilities[i], 1e-3, 1e-7, $"{what} probability {i}");
    }

    private static void AssertNear(double expected, double actual, double relative, double absolute, string what) =>
        Assert.True(double.IsNaN(expected) == double.IsNaN(actual)
            && !(Math.Abs(expected - actual) > relative * Math.Abs(expected) + absolute), $"{what}: {actual} against {expected}");

    private sealed class Reports(List<int> rows) : IProgress<ScoringProgress>
    {
        public void Report(ScoringProgress value) => rows.Add(value.Rows);
    }
}
