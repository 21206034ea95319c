using System.Text.Json.Nodes;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class BertLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Bert_KnowsWhatKindOfModelItIs()
    {
        var model = TransformerCheckpoint.Load(Repository.Fixture("Architectures", "bert"));
        Assert.Equal(new TransformerConfig
        {
            Name = "bert",
            Layers = 2,
            Heads = 4,
            DModel = 12,
            DHead = 3,
            Vocabulary = 11,
            Context = 5,
            Normalization = "LN",
            NormEpsilon = 1e-12,
            PositionalEmbedding = "standard",
            Bidirectional = true,
            PostNorm = true,
            ForwardNeeds = new([new(ForwardFeature.Mlp), new(ForwardFeature.ResidualThroughNorm)]),
            OtherNorm = model.Weights.Config.OtherNorm,
            Forward = new() { Mlp = new(2, ActivationKind.Gelu) },
        }, model.Weights.Config);
        Assert.NotNull(model.Weights.Config.OtherNorm);
        Assert.False(model.Weights.LogitsAtModelScale);
        Assert.False(model.Weights.Has(WeightKind.ln1_w));
        Assert.Equal(model.Weights.W_E.Transpose().Values.ToArray(), model.Weights.W_U.Values.ToArray());
    }

    [Theory]
    [InlineData("is_decoder", "true", false, null)]
    [InlineData("position_embedding_type", "\"relative_key\"", true, "position_embedding_type relative_key")]
    [InlineData("position_embedding_type", "\"absolute\"", true, null)]
    public void Load_FieldsOfItsOwn_AreFollowed(string field, string value, bool bidirectional, string? notRun)
    {
        Copy("bert", config => config[field] = JsonNode.Parse(value));
        var config = TransformerCheckpoint.Load(_folder.Path).Weights.Config;
        Assert.Equal((bidirectional, notRun), (config.Bidirectional, config.NotRun));
    }

    [Fact]
    public void Load_UntiedHead_IsTheUnembedding()
    {
        Copy("bert_mlm", config => config["tie_word_embeddings"] = false);
        var tensors = CheckpointTensors.Open(_folder.PathOf("model.safetensors"));
        float[] decoder = [.. Enumerable.Range(0, 11 * 12).Select(i => i - 60f)];
        SafetensorsTensor[] all = [.. tensors.Tensors.Select(t => new SafetensorsTensor(t.Name, t.Shape, tensors.Read(t.Name))),
            new("cls.predictions.decoder.weight", [11, 12], decoder)];
        string path = _folder.PathOf("untied.safetensors");
        SafetensorsWriter.Write(path, all);
        var weights = TransformerCheckpoint.Load(path).Weights;
        Assert.Equal(decoder[(3 * 12) + 5], weights.W_U[5, 3]);
    }

    [Fact]
    public void Load_FoldLayerNorm_SaysWhatIsNotFolded()
    {
        var weights = TransformerCheckpoint.Load(Repository.Fixture("Architectures", "bert"), new() { FoldLayerNorm = true }).Weights;
        Assert.Contains("layer norm is folded into W_U and their biases", weights.Processing);
        Assert.Contains("the layer norms that the residual stream itself passes are folded into nothing", weights.Processing);
    }

    [Fact]
    public void Load_NoConfig_AsksForIt()
    {
        string path = _folder.PathOf("bert.safetensors");
        File.Copy(Repository.Fixture("Architectures", "bert", "model.safetensors"), path);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(path));
        Assert.Contains("BERT", error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    private void Copy(string model, Action<JsonObject> change)
    {
        foreach (string file in Directory.GetFiles(Repository.Fixture("Architectures", model)))
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(_folder.PathOf("config.json")))!.AsObject();
        change(config);
        File.WriteAllText(_folder.PathOf("config.json"), config.ToJsonString());
    }
}
