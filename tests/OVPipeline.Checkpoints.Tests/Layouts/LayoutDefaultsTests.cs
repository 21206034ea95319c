using System.Text.Json.Nodes;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What holds where config.json is silent, or says what is the usual anyway.</summary>
public sealed class LayoutDefaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama", "rms_norm_eps", 1e-6)]
    [InlineData("gpt2", "layer_norm_epsilon", 1e-5)]
    [InlineData("gpt_neox", "layer_norm_eps", 1e-5)]
    public void Load_NoEpsilon_IsTheFamilys(string model, string field, double expected)
    {
        foreach (string file in Directory.GetFiles(Repository.Fixture("Architectures", model)))
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(_folder.PathOf("config.json")))!.AsObject();
        config.Remove(field);
        File.WriteAllText(_folder.PathOf("config.json"), config.ToJsonString());

        Assert.Equal(expected, TransformerCheckpoint.Load(_folder.Path).Weights.Config.NormEpsilon);
    }

    [Theory]
    [InlineData("1.7320508075688772", null)] // sqrt(d_head) of 3, as a double
    [InlineData("1.7320508", null)] // and as a single
    [InlineData("1.75", 1.75)]
    [InlineData("-1", null)] // TransformerLens: not set
    public void Load_AttentionScale_IsKeptWhereItIsNotTheUsual(string scale, double? expected) =>
        Assert.Equal(expected, Tiny($$"""{"attn_scale":{{scale}}}""").Weights.Config.AttentionScale);

    [Fact]
    public void Load_FinalRmsWithoutNorms_IsNoNorm() =>
        Assert.Null(Tiny("""{"normalization_type":null,"final_rms":true}""").Weights.Config.FinalNormalization);

    [Fact]
    public void Load_TwoKindsOfNorm_HoldsNoScaleAndSaysWhich()
    {
        var options = new CheckpointOptions { NormScales = NormScaleSource.LoneEmbedding };
        var weights = Tiny("""{"normalization_type":"LNPre","final_rms":true}""", options).Weights;

        Assert.Equal("no norm's scale is held: LNPre stands before attention, RMSPre before the unembedding", weights.Processing[^1]);
        Assert.Null(weights.NormScales);
    }

    private TransformerCheckpoint Tiny(string config, CheckpointOptions? options = null)
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), TinyModel.Tensors());
        File.WriteAllText(_folder.PathOf("config.json"), config);
        return TransformerCheckpoint.Load(_folder.Path, options ?? new());
    }
}
