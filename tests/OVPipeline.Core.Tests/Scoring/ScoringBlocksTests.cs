using Xunit;

namespace OVPipeline.Core.Tests;

public class ScoringBlocksTests
{
    private const int Vocabulary = 900, Rank = 24;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Rows that lie where others lay, and fewer of them, in the room that is left from before.
    [Fact]
    public void Score_BlockAfterBlock_IsWhatEachIsAlone()
    {
        var circuit = ScoringCases.Create("ordinary", Vocabulary, Rank);
        var options = new ScoringOptions { TopK = 5, LabelRank = true, LabelLogLoss = true, LogitMoments = true };
        var kept = new ScoredRows(options, 300, Vocabulary);
        var rows = new float[300 * Rank];
        foreach (var (first, count) in new[] { (0, 300), (300, 300), (850, 50), (0, 300) })
        {
            circuit.H.Values.Slice(first * Rank, count * Rank).CopyTo(rows);
            int[] labels = [.. Enumerable.Range(first, count)];
            var alone = new ScoredRows(options, count, Vocabulary);
            CpuEngine.Shared.Score(circuit.Columns, rows.AsMemory(0, count * Rank), labels, kept, Token);
            CpuEngine.Shared.Score(circuit.Columns, rows.AsMemory(0, count * Rank), labels, alone, Token);
            Assert.Equal(alone.TopTokens, kept.TopTokens[..(5 * count)]);
            Assert.Equal(alone.LabelRanks, kept.LabelRanks[..count]);
            Assert.Equal(alone.LabelLogLosses, kept.LabelLogLosses[..count]);
            Assert.Equal(alone.LogitVariances, kept.LogitVariances[..count]);
            Assert.Equal(alone.RecheckedRows, kept.RecheckedRows);
        }
    }

    [Fact]
    public void Score_OtherColumnsOrWidth_TakesOtherRoom()
    {
        TokenCircuit a = ScoringCases.Create("ordinary", Vocabulary, Rank), b = ScoringCases.Create("copier", Vocabulary, Rank);
        var scores = new ScoredRows(new() { LabelRank = true }, Vocabulary, Vocabulary);
        int[] tokens = [.. Enumerable.Range(0, Vocabulary)];
        foreach (var engine in new[] { CpuEngine.Shared, new CpuEngine(1, SimdWidth.Bits256), new CpuEngine(1, SimdWidth.Scalar) })
            foreach (var circuit in new[] { a, b, a })
            {
                engine.Score(circuit.Columns, circuit.H.Data, tokens, scores, Token);
                var alone = CpuEngine.Shared.ScoreVocabulary(circuit, scores.Options, cancellationToken: Token);
                Assert.Equal(alone.LabelRanks, scores.LabelRanks);
            }
    }

    [Fact]
    public void Score_BlockAfterBlock_TakesItsRoomOnce()
    {
        var circuit = ScoringCases.Create("ordinary", Vocabulary, Rank);
        var engine = new CpuEngine(1);
        var scores = new ScoredRows(new() { LabelRank = true, LabelLogLoss = true }, Vocabulary, Vocabulary);
        int[] tokens = [.. Enumerable.Range(0, Vocabulary)];
        long first = Allocated(), second = Allocated();
        Assert.InRange(second, 0, first / 10);

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            engine.Score(circuit.Columns, circuit.H.Data, tokens, scores, Token);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
