using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class ShardIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TwoShards_GivesAllTensors()
    {
        Shard("model-00001-of-00002.safetensors", "a", 1);
        Shard("model-00002-of-00002.safetensors", "b", 2);
        var tensors = Open("""
            {"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}
            """);
        Assert.Equal([1f], tensors.Read("a"));
        Assert.Equal([2f], tensors.Read("b"));
    }

    [Fact]
    public void Open_PyTorchShards_GivesAllTensors()
    {
        File.Copy(Repository.Fixture("PyTorch", "little.pth"), _folder.PathOf("pytorch_model-00001-of-00001.bin"));
        Assert.Equal(6, Open("""{"weight_map":{"a":"pytorch_model-00001-of-00001.bin"}}""").Read("a").Length);
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("/etc/a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("..\\\\a.safetensors")]
    [InlineData("C:a.safetensors")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("model.safetensors.index.json")]
    public void Open_PathInAFileName_IsRefused(string name)
    {
        var error = Assert.Throws<CheckpointException>(() => Open($$$"""{"weight_map":{"a":"{{{name}}}"}}"""));
        Assert.Equal("a", error.Entry);
        Assert.Contains("no file name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":{"a":null}}""")]
    [InlineData("""{"weight_map":{"a":"s.safetensors","a":"s.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"missing.safetensors"}}""")]
    [InlineData("""{"weight_map":{"c":"s.safetensors"}}""")]
    [InlineData("")]
    public void Open_BadIndex_IsRefused(string json)
    {
        Shard("s.safetensors", "a", 1);
        Assert.Throws<CheckpointException>(() => Open(json));
    }

    [Fact]
    public void Open_IndexOfManyMegabytes_IsNotRead()
    {
        string path = _folder.PathOf("model.safetensors.index.json");
        using (var file = File.Create(path))
        {
            file.Write("{\"weight_map\": {}}"u8);
            file.SetLength((64 << 20) + 1);
        }

        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));

        Assert.Contains("too many for an index", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CyclicLink_IsRefused()
    {
        File.CreateSymbolicLink(_folder.PathOf("s.safetensors"), _folder.PathOf("t.safetensors"));
        File.CreateSymbolicLink(_folder.PathOf("t.safetensors"), _folder.PathOf("s.safetensors"));
        Assert.Throws<CheckpointException>(() => Open("""{"weight_map":{"a":"s.safetensors"}}"""));
        Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.PathOf("s.safetensors")));
    }

    private void Shard(string file, string tensor, float value) =>
        SafetensorsWriter.Write(_folder.PathOf(file), [new(tensor, [1], new[] { value })]);

    private CheckpointTensors Open(string json)
    {
        string path = _folder.PathOf("model.safetensors.index.json");
        File.WriteAllText(path, json);
        return CheckpointTensors.Open(path);
    }
}
