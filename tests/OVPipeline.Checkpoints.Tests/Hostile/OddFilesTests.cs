using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What is no file, under each name that a model's folder may have: nobody waits for it, and the file is named.</summary>
public sealed class OddFilesTests : IDisposable
{
    private static readonly string[] s_needed = ["config.json", "model.safetensors"];

    private static readonly string[] s_tokenizer =
        ["tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

    private static readonly string[] s_notRead =
        ["model.safetensors.index.json", "pytorch_model.bin", "vocab.json", "merges.txt", "vocab.txt"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. s_needed, .. s_tokenizer, .. s_notRead];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public Task Load_PipeInPlaceOf(string name) => Load(name, "is a pipe", NamedPipe.Create);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Load_DeviceInPlaceOf(string name) => Load(name, "is a device", path => File.CreateSymbolicLink(path, "/dev/zero"));

    [Theory]
    [MemberData(nameof(Names))]
    public Task Load_LinkToItselfInPlaceOf(string name) =>
        Load(name, "Too many levels of symbolic links", path => File.CreateSymbolicLink(path, path));

    private async Task Load(string name, string wrong, Action<string> put)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and devices are Linux's here.");
        string embedded = Repository.PathOf("data", "attn-only-2l-quarter"), odd = _folder.PathOf(name);
        foreach (string file in s_needed.Append("tokenizer.model"))
            File.Copy(Path.Combine(embedded, file), _folder.PathOf(file));
        File.Delete(odd);
        put(odd);

        var cancellation = TestContext.Current.CancellationToken;
        var load = Task.Run(() => (TransformerCheckpoint.Load(_folder.Path), CheckpointTokenizer.Load(_folder.Path, 3142)), cancellation);
        await Task.WhenAny(load).WaitAsync(TimeSpan.FromSeconds(20), cancellation);

        if (s_needed.Contains(name))
        {
            var e = await Assert.ThrowsAsync<CheckpointException>(() => load);
            Assert.StartsWith($"{odd}: ", e.Message, StringComparison.Ordinal);
            Assert.Contains(wrong, e.Message, StringComparison.Ordinal);
            return;
        }
        var (model, tokenizer) = await load;
        Assert.Equal(2, model.Weights.Config.Layers);
        if (s_tokenizer.Contains(name))
            Assert.Contains(wrong, tokenizer.NoTokenizer, StringComparison.Ordinal);
        else
            Assert.Null(tokenizer.NoTokenizer);
    }
}
