using System.IO.Compression;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class PickledTensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_OffsetIntoHalves_CountsElements()
    {
        // The first three floats, 12 bytes, as six halves: 0, 0, 0, 1.875, 0, 2.
        string pickle = PickleArchive.Pickle("K\u0003", "K\u0003\u0085", "K\u0001\u0085", storage: "HalfStorage");

        Assert.Equal([1.875f, 0, 2], Open(pickle, storage: 12).Read("a"));
    }

    [Fact]
    public void Open_CompressedStorage_IsRefused()
    {
        string path = PickleArchive.Write(_folder.PathOf("a.pth"), PickleArchive.Pickle("K\0", "K\u0003\u0085", "K\u0001\u0085"),
            compression: CompressionLevel.SmallestSize);

        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));

        Assert.Contains("is compressed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("J\u00FE\u00FF\u00FF\u00FF", "offset -2 ")] // BININT, four bytes
    [InlineData("\u008A\u0001\u00FE", "offset -2 ")] // LONG1 of one byte
    [InlineData("\u008A\u0002\u00FE\u00FF", "offset -2 ")]
    [InlineData("M\u00FE\u00FF", "offset 65534 ")] // BININT2 has no sign
    public void Open_NumberWithASign_IsReadSo(string offset, string said)
    {
        var error = Assert.Throws<CheckpointException>(() => Open(PickleArchive.Pickle(offset, "K\u0003\u0085", "K\u0001\u0085")));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LastElementBeyond128Bits_IsRefused()
    {
        // Four terms of 2^126 each wrap around to a little below 0.
        string longest = string.Concat(Enumerable.Repeat(PickleArchive.Longest, 4));

        var error = Assert.Throws<CheckpointException>(() => Open(PickleArchive.Pickle("K\0", $"({longest}t", $"({longest}t")));

        Assert.Contains("passes its storage", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ElementsThatAreAllOne_IsBoundedByTheFile()
    {
        var tensors = Open(PickleArchive.Pickle("K\0", "J\u0040\u0042\u000F\0K\u0002K\u0002\u0087", "K\0K\0K\0\u0087")); // 10^6 x 2 x 2

        var error = Assert.Throws<CheckpointException>(() => tensors.Read("a"));

        Assert.Contains("repeat elements of the file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ArchiveUnderAnyName_IsKnownByItsFirstBytes()
    {
        string path = _folder.PathOf("weights.ckpt");
        PickleArchive.Write(path, PickleArchive.Pickle("K\0", "K\u0002\u0085", "K\u0001\u0085"));

        Assert.Equal([0f, 1], CheckpointTensors.Open(path).Read("a"));
    }

    private CheckpointTensors Open(string pickle, int storage = 24) =>
        CheckpointTensors.Open(PickleArchive.Write(_folder.PathOf($"{Guid.NewGuid():n}.pth"), pickle, storage));
}
