using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TransformerCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private static readonly string s_embedded = Repository.PathOf("data", "attn-only-2l-quarter");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_EmbeddedModel_GivesItsSizesAndTokens()
    {
        var model = TransformerCheckpoint.Load(s_embedded);
        Assert.Equal(new TransformerConfig
        {
            Name = "attn-only-2l-quarter",
            Layers = 2,
            Heads = 12,
            DModel = 192,
            DHead = 16,
            Vocabulary = 3142,
            Context = 256,
            AttentionOnly = true,
            PositionalEmbedding = "shortformer",
            Forward = new(),
        }, model.Weights.Config);
        Assert.Equal(("TransformerLens", 3142), (model.Layout, model.Vocabulary.Count));
        Assert.NotNull(model.Tokenizer);
        Assert.False(model.Weights.Has(WeightKind.b_U));
        Assert.Equal(11, model.Tensors!.Tensors.Count);
    }

    [Fact]
    public void Load_EmbeddedModel_HeadsAreSlicesOfTheStackedTensor()
    {
        var model = TransformerCheckpoint.Load(s_embedded);
        var tensors = CheckpointTensors.Open(Path.Combine(s_embedded, "model.safetensors"));
        float[] values = tensors.Read("blocks.1.attn.W_V"), outputs = tensors.Read("blocks.1.attn.W_O");
        var head = new HeadIndex(1, 7);
        Assert.Equal(values[(7 * 192 * 16)..(8 * 192 * 16)], model.Weights.W_V(head).Values.ToArray());
        Assert.Equal(outputs[(7 * 192 * 16)..(8 * 192 * 16)], model.Weights.W_O(head).Values.ToArray());
        Assert.Equal("[3142, 192]", model.Weights.W_E.ToString());
        Assert.Equal("[192, 3142]", model.Weights.W_U.ToString());
    }

    [Fact]
    public void Load_BareFile_InfersSizesFromShapes()
    {
        string path = _folder.PathOf("tiny.safetensors");
        SafetensorsWriter.Write(path, TinyModel.Tensors());
        var weights = TransformerCheckpoint.Load(path).Weights;
        var config = weights.Config;
        Assert.Equal(("tiny", 2, 2, 4, 3, 7, 5),
            (config.Name, config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary, config.Context));
        Assert.True(config.AttentionOnly);
        Assert.Equal(("unknown", "standard"), (config.Normalization, config.PositionalEmbedding));
        Assert.False(weights.LogitsAtModelScale);
    }

    [Fact]
    public void Load_FoldedBeforeStoring_IsNoted()
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), TinyModel.Tensors());
        File.WriteAllText(_folder.PathOf("config.json"), """{"normalization_type": "LNPre"}""");
        var weights = TransformerCheckpoint.Load(_folder.Path, new() { FoldLayerNorm = true, CenterWritingWeights = true }).Weights;
        Assert.Equal("LNPre", weights.Config.Normalization);
        Assert.Equal(4, weights.Processing.Count);
        Assert.Contains("before the weights were stored", weights.Processing[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d_model", "5", "embed.W_E")]
    [InlineData("n_layers", "3", "blocks.2.attn.W_Q")]
    [InlineData("d_head", "2", "blocks.0.attn.W_Q")]
    [InlineData("d_vocab", "8", "embed.W_E")]
    [InlineData("n_heads", "4", "blocks.0.attn.W_Q")]
    [InlineData("n_ctx", "4", "pos_embed.W_pos")]
    public void Load_ConfigAgainstTensors_NamesBoth(string field, string value, string tensor)
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), TinyModel.Tensors());
        File.WriteAllText(_folder.PathOf("config.json"), $$"""{"{{field}}": {{value}}}""");
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Equal(tensor, error.Entry);
        Assert.Contains(field == "n_layers" ? "is missing" : "config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NaNInOneHead_OnlyThatHeadFails()
    {
        var tensors = TinyModel.Tensors();
        float[] values = new float[2 * 4 * 3];
        values[13] = float.NaN;
        tensors[tensors.FindIndex(t => t.Name == "blocks.1.attn.W_V")] = new("blocks.1.attn.W_V", [2, 4, 3], values);
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), tensors);
        var weights = TransformerCheckpoint.Load(_folder.Path).Weights;
        Assert.Equal("[4, 3]", weights.W_V(new HeadIndex(1, 0)).ToString());
        var error = Assert.Throws<CheckpointException>(() => weights.W_V(new HeadIndex(1, 1)));
        Assert.Contains("[1, 0, 1] is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownLayout_ListsNamesAndLayouts()
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), [new("encoder.weight", [1], new float[1])]);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Contains("encoder.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("TransformerLens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoSuchFolderOrNoWeights_IsRefused()
    {
        Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.PathOf("nowhere")));
        Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
    }

    [Fact]
    public void Load_HubId_FetchesAndNamesTheModel()
    {
        using var hub = new FakeHub();
        string fixture = Repository.Fixture("Architectures", "gpt2");
        foreach (string file in hub.Files.Keys.Where(file => file != "README.md").ToArray())
            hub.Files.Remove(file);
        foreach (string file in Directory.GetFiles(fixture))
            hub.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        using var client = new HubClient(hub.Options(_folder.Path));
        var model = TransformerCheckpoint.Load(FakeHub.Id, null, client, null, TestContext.Current.CancellationToken);
        Assert.Equal((FakeHub.Id, "GPT-2"), (model.Weights.Config.Name, model.Layout));
        Assert.Equal("[12, 3]", model.Weights.W_V(new HeadIndex(1, 3)).ToString());
    }

    [Fact]
    public void Load_IdThatTheHubDoesNotHave_SaysBoth()
    {
        using var hub = new FakeHub();
        using var client = new HubClient(hub.Options(_folder.Path));
        var error = Assert.Throws<CheckpointException>(
            () => TransformerCheckpoint.Load("org/other", null, client, null, TestContext.Current.CancellationToken));
        Assert.StartsWith("org/other: there is no such file or folder, and", error.Message, StringComparison.Ordinal);
    }
}
