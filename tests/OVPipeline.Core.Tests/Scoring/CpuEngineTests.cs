using Xunit;

namespace OVPipeline.Core.Tests;

public class CpuEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds];

    [Theory, MemberData(nameof(Kinds))]
    public void Score_EveryKindWidthAndSize_IsTheExactTwins(string kind)
    {
        foreach (var (vocabulary, rank, topK) in new[]
        {
            (1, 1, 1), (15, 1, 15), (16, 3, 5), (17, 16, 17), (47, 5, 1), (48, 17, 48), (49, 2, 3), (63, 64, 10), (255, 7, 100),
            (256, 33, 5),
        })
        {
            var circuit = ScoringCases.Create(kind, vocabulary, rank);
            int rows = Math.Min(vocabulary, 40);
            int[] labels = ScoringCases.Labels(rows, vocabulary);
            var twins = Enumerable.Range(0, rows).Select(i => new ExactTwin(circuit.H.Row(i), circuit.G)).ToArray();
            foreach (var width in Enum.GetValues<SimdWidth>())
                foreach (int threads in new[] { 1, 2 })
                {
                    var scores = Score(new(threads, width), circuit, rows, labels, new()
                    {
                        TopK = topK,
                        LabelRank = true,
                        LabelLogLoss = true,
                        LogitMoments = true,
                        Probabilities = true,
                        InverseTemperature = 0.7,
                    });
                    Twins.AssertEqual($"{kind} V {vocabulary} r {rank} {width} {threads}", twins, labels, scores);
                }
        }
    }

    [Theory]
    [InlineData("ordinary", 1500, 100, 1024)]
    [InlineData("near ties", 2100, 24, 1024)]
    [InlineData("integers", 1100, 6, 300)]
    [InlineData("ordinary", 300, 1000, 5)]
    [InlineData("ordinary", 60, 4096, 5)]
    public void Score_LargeTopKOrRank_IsTheExactTwins(string kind, int vocabulary, int rank, int topK)
    {
        var circuit = ScoringCases.Create(kind, vocabulary, rank);
        const int Rows = 9;
        int[] labels = ScoringCases.Labels(Rows, vocabulary);
        var twins = Enumerable.Range(0, Rows).Select(i => new ExactTwin(circuit.H.Row(i), circuit.G)).ToArray();
        var scores = Score(new(2), circuit, Rows, labels, new() { TopK = topK, LabelRank = true, InverseTemperature = 0.7 });
        Twins.AssertEqual(kind, twins, labels, scores);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Score_OneOutputAtATime_AgreesWithAllAtOnce(string kind)
    {
        var circuit = ScoringCases.Create(kind, 333, 19);
        int[] labels = ScoringCases.Labels(100, 333);
        var all = new ScoringOptions { TopK = 4, LabelRank = true, LabelLogLoss = true, LogitMoments = true, Probabilities = true };
        var together = Score(CpuEngine.Shared, circuit, 100, labels, all);
        var top = Score(CpuEngine.Shared, circuit, 100, [], new() { TopK = 4 });
        Assert.Equal(together.TopTokens, top.TopTokens);
        Assert.Equal(together.TopScores, top.TopScores);
        Assert.Equal(together.LabelRanks, Score(CpuEngine.Shared, circuit, 100, labels, new() { LabelRank = true }).LabelRanks);
        var losses = Score(CpuEngine.Shared, circuit, 100, labels, new() { LabelLogLoss = true }).LabelLogLosses;
        for (int i = 0; i < losses.Length; i++)
            Twins.AssertNear(together.LabelLogLosses[i], losses[i], 1e-6, kind);
        Assert.Empty(top.LabelRanks);
        Assert.Empty(top.LabelLogLosses);
        Assert.Empty(top.Probabilities);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(100)]
    public void Score_AnyBlockSize_GivesTheSame(int blockRows)
    {
        var circuit = ScoringCases.Create("near ties", 500, 12);
        int[] labels = ScoringCases.Labels(100, 500);
        var options = new ScoringOptions { TopK = 7, LabelRank = true };
        var whole = Score(new(1), circuit, 100, labels, options);
        var block = new ScoredRows(options, blockRows, 500);
        for (int first = 0; first < 100; first += blockRows)
        {
            int count = Math.Min(blockRows, 100 - first);
            CpuEngine.Shared.Score(
                circuit.Columns, circuit.H.Data.AsMemory(first * 12, count * 12), labels.AsMemory(first, count), block, Token);
            Assert.Equal(whole.LabelRanks.AsSpan(first, count), block.LabelRanks.AsSpan(0, count));
            Assert.Equal(whole.TopTokens.AsSpan(first * 7, count * 7), block.TopTokens.AsSpan(0, count * 7));
            Assert.Equal(whole.TopScores.AsSpan(first * 7, count * 7), block.TopScores.AsSpan(0, count * 7));
        }
    }

    [Fact]
    public void Score_WorkSavedByBounds_GivesTheSame()
    {
        const int Vocabulary = 1900, Rank = 40, Rows = 300;
        var circuit = ScoringCases.Create("copier", Vocabulary, Rank);
        int[] labels = [.. Enumerable.Range(0, Rows).Select(i => i % 9 == 0 ? (i * 31 + 5) % Vocabulary : i)];
        foreach (var options in new ScoringOptions[]
        {
            new() { LabelRank = true },
            new() { TopK = 3 },
            new() { LabelRank = true, TopK = 3 },
        })
            foreach (var width in Enum.GetValues<SimdWidth>())
            {
                var all = Score(new(2, width) { SavedWork = SavedWork.None }, circuit, Rows, labels, options);
                var panels = Score(new(2, width) { SavedWork = SavedWork.Panels }, circuit, Rows, labels, options);
                var tiles = Score(new(2, width) { SavedWork = SavedWork.PanelsAndTiles }, circuit, Rows, labels, options);
                Assert.Equal(1, all.ComputedShare);
                Assert.True(options.TopK > 0 || tiles.ComputedShare < panels.ComputedShare && panels.ComputedShare < 1,
                    $"{tiles.ComputedShare} against {panels.ComputedShare}");
                foreach (var scores in new[] { panels, tiles })
                {
                    Assert.Equal(all.LabelRanks, scores.LabelRanks);
                    Assert.Equal(all.TopTokens, scores.TopTokens);
                    Assert.Equal(all.TopScores, scores.TopScores);
                }
            }
        var twins = Enumerable.Range(0, 20).Select(i => new ExactTwin(circuit.H.Row(i), circuit.G)).ToArray();
        var few = Score(CpuEngine.Shared, circuit, 20, labels[..20], new() { LabelRank = true, TopK = 3 });
        Twins.AssertEqual("copier", twins, labels[..20], few);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Score_TilesScreened_GivesTheSame(string kind)
    {
        foreach (var (vocabulary, rank) in new[] { (900, 32), (1700, 45), (49, 64), (1000, 128) })
        {
            var circuit = ScoringCases.Create(kind, vocabulary, rank);
            int rows = Math.Min(vocabulary, 90);
            int[] labels = ScoringCases.Labels(rows, vocabulary);
            foreach (var options in new ScoringOptions[] { new() { LabelRank = true }, new() { TopK = 4, LabelRank = true } })
                foreach (var width in Enum.GetValues<SimdWidth>())
                {
                    var all = Score(new(1, width) { SavedWork = SavedWork.None }, circuit, rows, labels, options);
                    var screened = Score(new(2, width) { SavedWork = SavedWork.PanelsAndTiles }, circuit, rows, labels, options);
                    Assert.Equal(all.LabelRanks, screened.LabelRanks);
                    Assert.Equal(all.TopTokens, screened.TopTokens);
                    Assert.Equal(all.TopScores, screened.TopScores);
                }
        }
    }

    [Fact]
    public void Score_NoRows_DoesNothing()
    {
        var circuit = ScoringCases.Create("ordinary", 20, 4);
        CpuEngine.Shared.Score(circuit.Columns, default, default, new(new() { TopK = 3, LabelRank = true }, 0, 20), Token);
    }

    [Fact]
    public void Score_NearTies_ReportsTheRowsThatWereRechecked()
    {
        var options = new ScoringOptions { LabelRank = true, TopK = 3 };
        Assert.Equal(0, Score(
            CpuEngine.Shared, ScoringCases.Of(Matrix.Identity(60), Matrix.Identity(60)), 1, [0], new() { LabelRank = true }).RecheckedRows);
        Assert.True(
            Score(CpuEngine.Shared, ScoringCases.Create("near ties", 64, 8), 64, ScoringCases.Labels(64, 64), options).RecheckedRows > 32);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Score_RowThatIsNotFinite_SaysWhich(float value)
    {
        var circuit = ScoringCases.Create("ordinary", 20, 4);
        var rows = new float[12];
        rows[9] = value;
        var error = Assert.Throws<ArgumentException>(
            () => CpuEngine.Shared.Score(circuit.Columns, rows, default, new(new() { TopK = 1 }, 3, 20), Token));
        Assert.Contains("Row 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_ArgumentsThatDoNotFit_Throw()
    {
        var circuit = ScoringCases.Create("ordinary", 20, 4);
        void Throws(string says, int values, int[] labels, ScoringOptions options, int capacity = 3, int vocabulary = 20)
        {
            var error = Assert.Throws<ArgumentException>(
                () => CpuEngine.Shared.Score(circuit.Columns, new float[values], labels, new(options, capacity, vocabulary), Token));
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }
        Throws("4 values each", 11, [], new());
        Throws("room for the scores of 2", 12, [], new(), capacity: 2);
        Throws("vocabulary of 21", 12, [], new(), vocabulary: 21);
        Throws("3 rows, 0 labels", 12, [], new() { LabelRank = true });
        Throws("3 rows, 2 labels", 12, [1, 2], new());
        Throws("label of row 1", 12, [0, 20, 1], new() { LabelLogLoss = true });
        Throws("label of row 2", 12, [0, -1, -2], new() { LabelRank = true });
        Throws("InverseTemperature", 12, [], new() { InverseTemperature = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuEngine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScoredRows(new() { TopK = 21 }, 1, 20));
    }

    [Fact]
    public void Score_Cancelled_Throws()
    {
        var circuit = ScoringCases.Create("ordinary", 20, 4);
        Assert.ThrowsAny<OperationCanceledException>(
            () => CpuEngine.Shared.Score(circuit.Columns, circuit.H.Data, default, new(new() { TopK = 1 }, 20, 20), new(canceled: true)));
    }

    private static ScoredRows Score(CpuEngine engine, TokenCircuit circuit, int rows, int[] labels, ScoringOptions options)
    {
        var scores = new ScoredRows(options, rows, circuit.Vocabulary);
        engine.Score(circuit.Columns, circuit.H.Data.AsMemory(0, rows * circuit.Rank), labels, scores, Token);
        return scores;
    }
}
