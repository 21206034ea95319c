using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class TransformerWeightsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void EmbedUnembed_LargeSource_ReadBlocksOnlyAndMultiplyExactly()
    {
        var source = new BlockSource();
        var weights = new TransformerWeights(Config(BlockSource.Vocabulary, BlockSource.DModel), source);
        var h = weights.Embed(Matrix.Create(BlockSource.DModel, 2, (k, j) => BlockSource.Value(j, k)), Cancellation);
        var g = weights.Unembed(Matrix.Create(2, BlockSource.DModel, (i, k) => BlockSource.Value(i, k)), Cancellation);
        Assert.Equal(("[70000, 2]", "[2, 70000]"), (h.ToString(), g.ToString()));
        foreach (int token in new[] { 0, 1, 1047, 1048, 1049, 69_999 })
            for (int j = 0; j < 2; j++)
            {
                float expected = (float)Enumerable.Range(0, BlockSource.DModel)
                    .Sum(k => (double)BlockSource.Value(token, k) * BlockSource.Value(j, k));
                Assert.Equal(expected, h[token, j]);
                Assert.Equal(expected, g[j, token]);
            }
        Assert.InRange(source.LargestBlock, 1, 1 << 20);
    }

    [Fact]
    public void Unembed_ManyOutputsOfFewTokens_ReadsBlocksOfOutputs()
    {
        var source = new BlockSource();
        var config = Config(3, BlockSource.DModel) with { OutputVocabulary = BlockSource.Vocabulary };
        var g = new TransformerWeights(config, source).Unembed(
            Matrix.Create(1, BlockSource.DModel, (i, k) => BlockSource.Value(i, k)), Cancellation);
        Assert.Equal("[1, 70000]", g.ToString());
        foreach (int output in new[] { 0, 2, 3, 1048, 69_999 })
            Assert.Equal((float)Enumerable.Range(0, BlockSource.DModel)
                .Sum(k => (double)BlockSource.Value(output, k) * BlockSource.Value(0, k)), g[0, output]);
        Assert.InRange(source.LargestBlock, 1, 1 << 20);
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("unknown", null, null, false)]
    [InlineData("LN", null, null, false), InlineData("LNPre", null, null, false), InlineData("RMSPre", null, null, false)]
    [InlineData(null, "RMS", null, false)]
    [InlineData(null, null, "output_logits_soft_cap 30", false)]
    public void LogitsAtModelScale_WhatStandsBetween_Decides(string? kind, string? final, string? notInLogits, bool expected)
    {
        var config = Config(5, 3) with { Normalization = kind, NotInLogits = notInLogits };
        Assert.Equal(kind, config.FinalNormalization);
        var weights = new TransformerWeights(final is null ? config : config with { FinalNormalization = final }, new InMemoryWeights());
        Assert.Equal(expected, weights.LogitsAtModelScale);
    }

    [Theory]
    [InlineData(WeightKind.ln1_w, true, true, true, false)]
    [InlineData(WeightKind.ln_final_w, false, false, false, true)]
    [InlineData(WeightKind.W_V, false, false, false, false)]
    public void ReadsGains_InMemory_IsOfTheNormThatIsThere(WeightKind there, bool q, bool k, bool v, bool u)
    {
        var source = new InMemoryWeights();
        source.Set(there, new Matrix(1, 3));
        var weights = new TransformerWeights(Config(5, 3), source);
        WeightKind[] readers = [WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_U, WeightKind.W_O];
        Assert.Equal([q, k, v, u, false], readers.Select(weights.ReadsGains));
    }

    [Fact]
    public void ReadTokens_InMemory_SlicesRowsOfWEAndColumnsOfWU()
    {
        var source = new InMemoryWeights();
        source.Set(WeightKind.W_E, Matrix.Create(5, 3, (i, j) => 10 * i + j));
        source.Set(WeightKind.W_U, Matrix.Create(3, 5, (i, j) => 10 * i + j));
        var weights = new TransformerWeights(Config(5, 3), source, ["a note"]);
        Assert.Equal([20f, 21, 22, 30, 31, 32], weights.ReadTokens(WeightKind.W_E, 2, 2).Values.ToArray());
        Assert.Equal([2f, 3, 12, 13, 22, 23], weights.ReadTokens(WeightKind.W_U, 2, 2).Values.ToArray());
        Assert.Equal(["a note"], weights.Processing);
        Assert.Throws<ArgumentOutOfRangeException>(() => weights.ReadTokens(WeightKind.W_E, 4, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => weights.Read(WeightKind.W_Q, new HeadIndex(1, 0)));
    }

    private static TransformerConfig Config(int vocabulary, int dModel) =>
        new() { Name = "test", Layers = 1, Heads = 1, DModel = dModel, DHead = 1, Vocabulary = vocabulary };

    /// <summary>Embeddings of 70 million values that are made when they are read; multiples of 1/64, so that sums are exact.</summary>
    private sealed class BlockSource : IWeightSource
    {
        public const int Vocabulary = 70_000, DModel = 1000;

        public int LargestBlock { get; private set; }

        public static float Value(int token, int k) => ((token * 31 + k * 17) % 64 - 32) / 64f;

        public bool Has(WeightKind kind) => true;

        public Matrix Read(WeightKind kind, HeadIndex head = default) =>
            throw new InvalidOperationException($"{kind} was read as a whole.");

        public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null)
        {
            LargestBlock = Math.Max(LargestBlock, count * DModel);
            return kind == WeightKind.W_E
                ? Matrix.Create(count, DModel, (i, k) => Value(first + i, k))
                : Matrix.Create(DModel, count, (k, i) => Value(first + i, k));
        }
    }
}
