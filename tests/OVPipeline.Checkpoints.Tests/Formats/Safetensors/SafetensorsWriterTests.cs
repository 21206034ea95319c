using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    public void Write_ThenOpen_GivesTheSameValues(ElementType type)
    {
        string path = _folder.PathOf("model.safetensors");
        float[] values = [.. Enumerable.Range(0, 600_000).Select(i => (float)(Half)(i * 0.0625f - 1000))];
        SafetensorsWriter.Write(path, [new("first \"ä\"", [2, 300_000], values), new("empty", [0], default)], type,
            new Dictionary<string, string> { ["z"] = "1", ["a"] = "2" });
        var tensors = CheckpointTensors.Open(path);
        Assert.Equal(values, tensors.Read("first \"ä\""));
        Assert.Empty(tensors.Read("empty"));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        (string first, string second) = (_folder.PathOf("1"), _folder.PathOf("2"));
        SafetensorsWriter.Write(
            first, [new("a", [3], new float[] { 1, 2, 3 })], metadata: new Dictionary<string, string> { ["x"] = "1", ["b"] = "2" });
        SafetensorsWriter.Write(
            second, [new("a", [3], new float[] { 1, 2, 3 })], metadata: new Dictionary<string, string> { ["b"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public void Write_ElementsStartOnAMultipleOfEight()
    {
        string path = _folder.PathOf("a.safetensors");
        for (int length = 1; length <= 8; length++)
        {
            SafetensorsWriter.Write(path, [new(new string('a', length), [1], new float[] { 1 })]);
            Assert.Equal(0, BitConverter.ToInt64(File.ReadAllBytes(path)) % 8);
        }
    }

    [Fact]
    public void Write_InfinityAsHalf_IsKept()
    {
        string path = _folder.PathOf("a.safetensors");
        SafetensorsWriter.Write(path, [new("a", [2], new[] { float.PositiveInfinity, float.NegativeInfinity })], ElementType.F16);
        Assert.Equal([0x00, 0x7C, 0x00, 0xFC], File.ReadAllBytes(path)[^4..]);
    }

    [Fact]
    public void Write_NegativeSizesWhoseProductFits_AreRefused() =>
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder.PathOf("x"), [new("a", [-1, -1], new float[1])]));

    [Fact]
    public void Write_ValueBeyondHalf_LeavesNothingBehind()
    {
        string path = _folder.PathOf("a.safetensors");
        var error = Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(path, [new("big", [1], new float[] { 70_000 })], ElementType.F16));
        Assert.Contains("big", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("", 1)]
    [InlineData("__metadata__", 1)]
    public void Write_BadNameOrShape_IsRefused(string name, long size) =>
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder.PathOf("x"), [new(name, [size], new float[1])]));

    [Fact]
    public void Write_OntoAFolder_ThrowsAndLeavesNoTemporaryFile()
    {
        string path = _folder.PathOf("folder");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, [new("a", [1], new float[1])]));
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }
}
