using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TiedNamesTests : IDisposable
{
    private const string Config = """
        {"model_type": "llama", "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 4, "vocab_size": 5,
         "tie_word_embeddings": TIED}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.embed_tokens.weight", "lm_head.weight", "false")]
    [InlineData("lm_head.weight", "model.embed_tokens.weight", "false")]
    [InlineData("lm_head.weight", "model.embed_tokens.weight", "true")]
    public void Load_OtherNameInTheMetadata_IsRead(string stored, string left, string tied)
    {
        var weights = TransformerCheckpoint.Load(Llama(stored, tied, new() { [left] = stored, ["format"] = "pt" })).Weights;

        Assert.Equal((3, 3), (weights.W_E[2, 1], weights.W_U[1, 2]));
        Assert.Contains($"stored under another name, by the file's metadata: {left} as {stored}", weights.Processing);
    }

    [Theory]
    [InlineData("model.embed_tokens.weight")]
    [InlineData("lm_head.weight")]
    public void Load_TiedModelWithOneOfTheTwo_HasBoth(string stored)
    {
        var weights = TransformerCheckpoint.Load(Llama(stored, "true", null)).Weights;

        Assert.Equal((3, 3), (weights.W_E[2, 1], weights.W_U[1, 2]));
    }

    [Theory]
    [InlineData("model.embed_tokens.weight", "lm_head.weight")]
    [InlineData("lm_head.weight", "model.embed_tokens.weight")]
    public void Load_UntiedModelWithOneOfTheTwo_NamesTheOther(string stored, string missing)
    {
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(Llama(stored, "false", null)));

        Assert.Equal(missing, error.Entry);
    }

    [Theory]
    [InlineData("lm_head.weight", "no.such")] // to nothing
    [InlineData("lm_head", "model.embed_tokens.weight")] // no tensor's name
    public void Load_MetadataThatAreNoNames_AreLeftAlone(string left, string kept) =>
        Assert.Throws<CheckpointException>(
            () => TransformerCheckpoint.Load(Llama("model.embed_tokens.weight", "false", new() { [left] = kept })));

    /// <summary>A model whose one matrix of tokens has 3 at [2, 1], and ones elsewhere.</summary>
    private string Llama(string stored, string tied, Dictionary<string, string>? metadata)
    {
        string folder = Directory.CreateDirectory(_folder.PathOf($"{Guid.NewGuid():n}")).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.Replace("TIED", tied, StringComparison.Ordinal));
        float[] tokens = [.. Enumerable.Repeat(1f, 20)];
        tokens[9] = 3;
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
        [
            new(stored, [5, 4], tokens),
            .. new[] { "q", "k", "v", "o" }.Select(
                part => new SafetensorsTensor($"model.layers.0.self_attn.{part}_proj.weight", [4, 4], new float[16])),
            new("model.layers.0.input_layernorm.weight", [4], new float[4]),
            new("model.norm.weight", [4], new float[4]),
        ], metadata: metadata);
        return folder;
    }
}
