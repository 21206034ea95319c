using Xunit;

namespace OVPipeline.Core.Tests.Copying;

public sealed class CopyingHeadsTests
{
    private const int V = 60, D = 12, Layers = 3, PerLayer = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Find_PairOfAnyLayer_IsFoundThere(int layer)
    {
        var found = CopyingHeads.Find(Model(new(layer, 1), new(layer, 3)));
        Assert.Equal([new(layer, 1), new(layer, 3)], found.BestPair!.Heads);
        Assert.True(found.PairCopies, $"{found.BestPair.Copied} of {V} tokens are no copying.");
        Assert.True(found.IsExhaustive, "Not all pairs were looked at.");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(null)] // heads' logits shared
    public void Find_Model_IsThePlainCount(int? block)
    {
        var model = Model(new(1, 0), new(1, 2));
        var found = CopyingHeads.Find(model, new() { Engine = block is { } rows ? new SmallBlocks(rows) : CpuEngine.Shared });
        Assert.Equal(Layers * PerLayer, found.Heads.Count);
        foreach (var count in found.Heads.Concat(found.Pairs))
            Assert.Equal(Plain(model, count.Heads), (count.Copied, Math.Round(count.MeanReciprocalRank, 9)));
        Assert.Equal(found.Heads, found.Heads.OrderByDescending(one => one.Copied).ThenByDescending(one => one.MeanReciprocalRank));
        Assert.Equal(found.Pairs, found.Pairs.OrderByDescending(one => one.Copied).ThenByDescending(one => one.MeanReciprocalRank));

        var best = AllPairs().MaxBy(pair => Plain(model, pair))!;
        Assert.Equal(best, found.BestPair!.Heads);
        Assert.Equal((18, 0), (found.PairCount, found.PairsLeftOut));
    }

    [Fact]
    public void Find_MorePairsThanAllowed_TakesThoseOfTheBestHeadsAndSaysSo()
    {
        var found = CopyingHeads.Find(Model(new(2, 0), new(2, 3)), new() { MostPairs = 2 });
        Assert.Equal((2, 16, false), (found.Pairs.Count, found.PairsLeftOut, found.IsExhaustive));
        Assert.Equal([new(2, 0), new(2, 3)], found.BestPair!.Heads);
    }

    [Fact]
    public void Find_RandomHeads_DoNotCopy()
    {
        var found = CopyingHeads.Find(Model());
        Assert.False(found.HeadCopies, $"{found.BestHead.Copied} of {V} tokens");
    }

    [Fact]
    public void Find_OneHeadALayer_HasNoPair()
    {
        var config = new TransformerConfig { Name = "one", Layers = 2, Heads = 1, DModel = D, DHead = 3, Vocabulary = V };
        var found = CopyingHeads.Find(new(config, Weights(config)));
        Assert.Equal((2, null, 0, true, false), (found.Heads.Count, found.BestPair, found.PairCount, found.IsExhaustive, found.PairCopies));
    }

    [Fact]
    public void Find_Progress_CountsEveryCircuit()
    {
        List<CopyingProgress> told = [];
        CopyingHeads.Find(Model(), new() { Progress = new Direct(told.Add) });
        Assert.Equal(Enumerable.Range(1, 30).Select(i => ((long)i, 30L)), told.Select(one => (one.Done, one.Total)));
        Assert.Equal("0.0", told[0].Heads);
    }

    [Fact]
    public void Find_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        var options = new CopyingHeadsOptions
        {
            CancellationToken = source.Token,
            Progress = new Direct(one => { if (one.Done == 14) source.Cancel(); }),
        };
        Assert.ThrowsAny<OperationCanceledException>(() => CopyingHeads.Find(Model(), options));
    }

    [Fact]
    public void Find_NoPairsAllowed_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CopyingHeads.Find(Model(), new() { MostPairs = 0 }));

    private static IEnumerable<HeadIndex[]> AllPairs() =>
        from layer in Enumerable.Range(0, Layers)
        from a in Enumerable.Range(0, PerLayer)
        from b in Enumerable.Range(a + 1, PerLayer - a - 1)
        select new HeadIndex[] { new(layer, a), new(layer, b) };

    private static (int Copied, double Mrr) Plain(TransformerWeights model, IReadOnlyList<HeadIndex> heads)
    {
        int[] ranks = CpuEngine.Shared.ScoreVocabulary(TokenCircuit.OfHeads(model, heads), new() { LabelRank = true }).LabelRanks;
        return (ranks.Count(rank => rank == 1), Math.Round(ranks.Average(rank => rank > 10 ? 0 : 1.0 / rank), 9));
    }

    // Embeddings agree; the named heads pass on a part of the directions each, all others are noise.
    private static TransformerWeights Model(params HeadIndex[] copiers)
    {
        var config = new TransformerConfig { Name = "copiers", Layers = Layers, Heads = PerLayer, DModel = D, DHead = 6, Vocabulary = V };
        var weights = Weights(config);
        foreach (var (head, part) in copiers.Select((head, i) => (head, i)))
        {
            var directions = Matrix.Create(D, 6, (i, k) => i == (6 * part) + k ? 1 : 0);
            weights.Set(WeightKind.W_V, head, directions);
            weights.Set(WeightKind.W_O, head, directions.Transpose());
        }
        return new(config, weights);
    }

    private static InMemoryWeights Weights(TransformerConfig config)
    {
        var weights = new InMemoryWeights();
        int seed = 1;
        var embedding = TestMatrices.Random(V, D, seed++);
        weights.Set(WeightKind.W_E, embedding);
        weights.Set(WeightKind.W_U, embedding.Transpose());
        foreach (var head in config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, TestMatrices.Random(D, config.DHead, seed++));
            weights.Set(WeightKind.W_O, head, TestMatrices.Random(config.DHead, D, seed++));
        }
        return weights;
    }

    private sealed class SmallBlocks(int rows) : IScoringEngine
    {
        public int PreferredRows => rows;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> values, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default) =>
            CpuEngine.Shared.Score(columns, values, labels, scores, cancellationToken);
    }

    private sealed class Direct(Action<CopyingProgress> tell) : IProgress<CopyingProgress>
    {
        public void Report(CopyingProgress value) => tell(value);
    }
}
