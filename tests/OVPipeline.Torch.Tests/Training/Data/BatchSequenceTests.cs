using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class BatchSequenceTests : IDisposable
{
    private const int Context = TrainingFixture.Context;
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(1000)]
    public void Read_AnEpoch_VisitsEveryWindowOnce(int tokens)
    {
        string path = Path.Combine(_fixture.Folder, "count.tokens");
        byte[] ids = new byte[2 * tokens];
        for (int i = 0; i < tokens; i++)
            BitConverter.TryWriteBytes(ids.AsSpan(2 * i), (ushort)i);
        File.WriteAllBytes(path, [.. new TokenFileHeader(2, 1000, 3, tokens, new string('0', 64)).ToBytes(), .. ids]);
        using var file = TokenFile.Open(path);
        var order = new WindowOrder(file, Context, 9);
        long[] window = new long[Context];
        var seen = new HashSet<long>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            seen.Clear();
            for (int i = 0; i < order.Windows; i++)
            {
                order.Read(epoch * order.Windows + i, window);
                Assert.Equal(Enumerable.Range((int)window[0], Context).Select(id => (long)id), window);
                Assert.All(window, id => Assert.True(seen.Add(id)));
            }
            Assert.True(seen.Count > tokens - 2 * Context);
        }
    }

    [Fact]
    public void WindowOrder_FewerTokensThanAWindow_SaysHowMany()
    {
        using var file = _fixture.File("short.tokens", 15, 1);
        var error = Assert.Throws<CheckpointException>(() => new WindowOrder(file, Context, 1));
        Assert.Contains("has 15 tokens, fewer than one window of 16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_Mixture_KeepsItsSharesAfterEveryBatch()
    {
        var batches = new BatchSequence(_fixture.Data().Training, Context, 1);
        var batch = new TokenBatch(4, Context);
        for (int step = 1; step <= 200; step++)
        {
            batches.Fill(batch);
            Assert.InRange(batches.Drawn[0] - 0.75 * 4 * step, -1, 1);
            Assert.Equal(4 * step, batches.Drawn.Sum());
        }
        Assert.True(batches.Epochs.Min() > 1);
    }

    [Fact]
    public void Fill_AfterSeek_GoesOnWithTheSameBatches()
    {
        var data = _fixture.Data().Training;
        var whole = new BatchSequence(data, Context, 1);
        var batch = new TokenBatch(4, Context);
        for (int step = 0; step < 150; step++)
            whole.Fill(batch);
        var later = new BatchSequence(data, Context, 1);
        later.Seek(149 * 4);
        var other = new TokenBatch(4, Context);
        later.Fill(other);
        Assert.Equal(batch.Inputs, other.Inputs);
        Assert.Equal(batch.Targets, other.Targets);
        new BatchSequence(data, Context, 2).Fill(other);
        Assert.NotEqual(batch.Targets, other.Targets);
    }

    [Fact]
    public void Fill_Inputs_AreTheTargetsAfterTheSeparator()
    {
        var batch = new TokenBatch(4, Context);
        new BatchSequence(_fixture.Data().Training, Context, 1).Fill(batch);
        for (int b = 0; b < 4; b++)
            Assert.Equal([3, .. batch.Targets[(b * Context)..((b + 1) * Context - 1)]], batch.Inputs[(b * Context)..((b + 1) * Context)]);
    }

    [Fact]
    public void WeighRepeats_TargetsSeenEarlierInTheWindow_WeighMore()
    {
        var batch = new TokenBatch(2, 5);
        long[] targets = [7, 8, 7, 7, 9, /* the next sequence */ 9, 3, 9, 1, 2];
        targets.CopyTo(batch.Targets, 0);
        batch.Prepend(0, 3);
        batch.Prepend(1, 3);
        float[] weights = new float[10];
        batch.WeighRepeats(4, weights, new int[10]);
        Assert.Equal([1, 1, 4, 4, 1, 1, 4, 4, 1, 1], weights);
    }

    [Fact]
    public void TokenMixture_WrongParts_SaysWhich()
    {
        using var file = _fixture.File("x.tokens", 100, 1);
        using var other = _fixture.File("y.tokens", 100, 1, tokenizer: 8);
        Refused("at least one");
        Refused("x.tokens must be positive, was 0", (file, 0));
        Refused("different tokenizers", (file, 1), (other, 1));

        static void Refused(string expected, params (TokenFile File, double Weight)[] parts)
        {
            var error = Assert.Throws<ArgumentException>(() => new TokenMixture(parts));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }
}
