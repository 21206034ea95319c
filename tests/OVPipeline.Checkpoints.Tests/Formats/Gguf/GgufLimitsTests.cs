using System.Buffers.Binary;
using System.Diagnostics;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>GGUF files made to cost more than they are worth.</summary>
public sealed class GgufLimitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ManyValuesInALargeFile_ReadsEachByItself()
    {
        var gguf = new GgufFile();
        for (int i = 0; i < 20_000; i++)
            gguf.Set($"key{i}", i % 2 == 0 ? i : "text");
        string path = gguf.Add("a", [1 << 20], new float[1 << 20]).Save(_folder.PathOf("x.gguf"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(20_000, CheckpointTensors.Open(path).Contents.Metadata.Count);
        // A megabyte read for each of the values would be 20 GB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L << 20);
    }

    [Fact]
    public void Open_MoreValuesThanAnyFileHas_IsRefused()
    {
        var gguf = new GgufFile();
        for (int i = 0; i < 65_537; i++)
            gguf.SetRaw($"{i}", 0, 0, 0, 0, 1);
        string path = gguf.Save(_folder.PathOf("x.gguf"));
        Assert.Contains("tells of 65537 metadata values, more than the 65536 that are read here",
            Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ModelOfMoreLayersThanAnyFileHas_StopsAtTheFirstThatIsMissing()
    {
        byte[] bytes = GgufModels.Of("llama").Gguf.ToBytes();
        int at = bytes.AsSpan().IndexOf("llama.block_count"u8) + "llama.block_count".Length + 4;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), int.MaxValue);
        File.WriteAllBytes(_folder.PathOf("x.gguf"), bytes);
        var watch = Stopwatch.StartNew();
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.PathOf("x.gguf")));
        Assert.Contains("blk.2.attn_q.weight: is missing", error.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }
}
