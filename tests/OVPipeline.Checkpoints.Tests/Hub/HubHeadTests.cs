using System.Text;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Heads that a hub's model has not: its configuration is asked before its weights come.</summary>
public sealed class HubHeadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeHub _hub = new();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("""{"model_type": "gpt2", "n_layer": 12, "n_head": 8}""", 40, 1)]
    [InlineData("""{"num_hidden_layers": 12, "num_attention_heads": 8}""", 11, 8)]
    [InlineData("""{"n_layers": 12, "n_heads": 8}""", 12, 0)]
    [InlineData("""{"num_layers": 6, "num_decoder_layers": 12, "num_heads": 8}""", 12, 7)]
    [InlineData("""{"num_hidden_layers": 99, "text_config": {"num_hidden_layers": 12, "num_attention_heads": 8}}""", 12, 0)]
    public void Load_HeadThatTheConfigurationRulesOut_FetchesNoWeights(string config, int layer, int head)
    {
        _hub.Files["config.json"] = Encoding.UTF8.GetBytes(config);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Load(FakeHub.Id, new HeadIndex(0, 0), new HeadIndex(layer, head)));
        Assert.StartsWith($"Head {layer}.{head} does not exist: org/model has 12 layers of 8 heads, 0.0 to 11.7.", error.Message,
            StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads);
        Assert.DoesNotContain(_hub.Requests, request => request.Path.EndsWith("tokenizer.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"n_layer": 12, "n_head": 8}""")]
    [InlineData("""{"num_layers": 6, "num_decoder_layers": 12, "num_heads": 8}""")]
    [InlineData("""{"num_hidden_layers": 2, "n_layer": 12, "n_head": 8}""")] // one of them may be another thing's
    [InlineData("""{"n_layer": 2}""")] // says nothing of heads
    [InlineData("""{"n_layer": -1, "n_head": [1, 2]}""")]
    public void Load_HeadThatTheConfigurationDoesNotRuleOut_FetchesTheWeights(string config)
    {
        _hub.Files["config.json"] = Encoding.UTF8.GetBytes(config);
        Assert.Throws<CheckpointException>(() => Load(FakeHub.Id, new HeadIndex(11, 7))); // the fake's weights are noise
        Assert.NotEmpty(_hub.Downloads);
    }

    [Fact]
    public void Load_NoConfigurationOrOneThatIsNotUsed_FetchesTheWeights()
    {
        _hub.Files["config.json"] = """{"n_layer": 1, "n_head": 1}"""u8.ToArray();
        _hub.Files["b/config.json"] = """{"n_layer": 12, "n_head": 8}"""u8.ToArray();
        _hub.Files["b/model.bin"] = FakeHub.Content(20);
        _hub.Files["c.gguf"] = FakeHub.Content(30); // has its own
        Assert.Throws<ArgumentOutOfRangeException>(() => Load(FakeHub.Id + ":pytorch_model.bin", new HeadIndex(11, 7)));
        Assert.Empty(_hub.Downloads);
        Assert.Throws<CheckpointException>(() => Load(FakeHub.Id + ":b/model.bin", new HeadIndex(11, 7)));
        Assert.Single(_hub.Downloads);
        Assert.Throws<CheckpointException>(() => Load(FakeHub.Id + ":c.gguf", new HeadIndex(11, 7)));
        Assert.Contains(_hub.Requests, request => request.Path.EndsWith("c.gguf", StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => Load(FakeHub.Id + ":b/model.bin", new HeadIndex(12, 0)));

        _hub.Files.Remove("config.json");
        using var other = new TemporaryFolder();
        using var client = new HubClient(_hub.Options(other.Path));
        Assert.Throws<CheckpointException>(() => Load(FakeHub.Id, client, new CheckpointOptions { Heads = [new(11, 7)] }));
        Assert.Equal(2, _hub.Downloads.Count);
    }

    [Fact]
    public void Load_ConfigurationOfThisMachine_IsAskedInPlaceOfTheHubs()
    {
        _hub.Files["config.json"] = """{"n_layer": 12, "n_head": 8}"""u8.ToArray();
        File.WriteAllText(_folder.PathOf("mine.json"), """{"n_layer": 2, "n_head": 8}""");
        using var client = new HubClient(_hub.Options(_folder.PathOf("cache")));
        var options = new CheckpointOptions { Config = _folder.PathOf("mine.json"), Heads = [new(2, 0)] };
        Assert.Throws<ArgumentOutOfRangeException>(() => Load(FakeHub.Id, client, options));
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public void Load_HeadThatAModelOfThisMachineHasNot_IsRefusedInTheSameWords()
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), TinyModel.Tensors());
        var has = TransformerCheckpoint.Load(_folder.Path).Weights.Config;
        var last = new HeadIndex(has.Layers - 1, has.Heads - 1);
        Assert.NotNull(TransformerCheckpoint.Load(_folder.Path, new() { Heads = [last] }));
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => TransformerCheckpoint.Load(_folder.Path, new() { Heads = [last, last with { Layer = has.Layers }] }));
        Assert.StartsWith($"Head {has.Layers}.{last.Head} does not exist: {has.Name} has", error.Message, StringComparison.Ordinal);
    }

    private TransformerCheckpoint Load(string source, params HeadIndex[] heads)
    {
        using var client = new HubClient(_hub.Options(_folder.PathOf("cache")));
        return Load(source, client, new() { Heads = heads });
    }

    private static TransformerCheckpoint Load(string source, HubClient client, CheckpointOptions options) =>
        TransformerCheckpoint.Load(source, options, client, null, TestContext.Current.CancellationToken);
}
