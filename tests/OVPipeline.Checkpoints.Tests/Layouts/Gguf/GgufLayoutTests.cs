using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>GGUF files against the same models as Hugging Face stores them.</summary>
public sealed class GgufLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => [.. GgufModels.Names];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Families))]
    public void Load_EveryFamily_HasTheWeightsOfTheFileItWasMadeOf(string family)
    {
        var model = GgufModels.Of(family);
        model.SaveFolder(_folder.PathOf("folder"));
        var expected = TransformerCheckpoint.Load(_folder.PathOf("folder")).Weights;
        var checkpoint = TransformerCheckpoint.Load(model.Gguf.Save(_folder.PathOf("model.gguf")));
        Assert.Equal("GGUF", checkpoint.Layout);
        AssertSame(expected, checkpoint.Weights);
        Assert.Equal(expected.Config.NotInLogits, checkpoint.Weights.Config.NotInLogits);
        Assert.Equal(Features(expected.Config), Features(checkpoint.Weights.Config));
    }

    [Fact]
    public void Load_PublishedLlama_HasTheSameCircuitsAsItsSafetensors()
    {
        string folder = SharedFiles.PathOf("models", "real", "stories260K");
        var expected = TransformerCheckpoint.Load(folder).Weights;
        var gguf = LlamaGguf.Of(CheckpointTensors.Open(Path.Combine(folder, "model.safetensors")), expected.Config);
        var weights = TransformerCheckpoint.Load(gguf.Save(_folder.PathOf("stories.gguf"))).Weights;
        AssertSame(expected, weights);
        Assert.Equal(expected.Config.Forward, weights.Config.Forward);
        Assert.Null(weights.Config.NotRun);
        foreach (var head in expected.Config.AllHeads)
        {
            Assert.Equal(expected.W_V(head).Values.ToArray(), weights.W_V(head).Values.ToArray());
            Assert.Equal(expected.W_O(head).Values.ToArray(), weights.W_O(head).Values.ToArray());
        }
    }

    [Fact]
    public void Load_FolderWithOneGguf_OpensIt()
    {
        GgufModels.Of("llama").Gguf.Save(_folder.PathOf("model.gguf"));
        File.WriteAllText(_folder.PathOf("config.json"), """{"model_type":"something_else"}""");
        Assert.Equal(2, TransformerCheckpoint.Load(_folder.Path).Weights.Config.Layers);
    }

    [Fact]
    public void Load_QuantisedModel_ReadsItsHeadsFromTheBlocks()
    {
        var random = new Random(1);
        byte[] blocks = new byte[64 * 2 * ElementType.Q8_0.Size()];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = (byte)(i % 34 == 1 ? 0x2C : random.Next(256));
        var gguf = Sizes(new(), "qwen2", 64, 2, 1).Add("token_embd.weight", 8, [64, 64], blocks)
            .Add("output_norm.weight", [64], new float[64]).Add("blk.0.attn_norm.weight", [64], new float[64]);
        foreach (string name in new[] { "q", "k", "v", "output" })
            gguf.Add($"blk.0.attn_{name}.weight", 8, [64, 64], blocks);
        var checkpoint = TransformerCheckpoint.Load(gguf.Save(_folder.PathOf("model.gguf")));
        float[] all = new float[64 * 64];
        BlockConversion.ToSingle(ElementType.Q8_0, blocks, all);
        var head = new HeadIndex(0, 1);
        Assert.Equal(all, checkpoint.Weights.W_E.Values.ToArray());
        for (int i = 0; i < 64; i++)
        {
            for (int j = 0; j < 32; j++)
            {
                Assert.Equal(all[((32 + j) * 64) + i], checkpoint.Weights.W_V(head)[i, j]);
                Assert.Equal(all[(i * 64) + 32 + j], checkpoint.Weights.W_O(head)[j, i]);
            }
        }
        Assert.Contains("5 tensors are quantised (Q8_0)", string.Join('\n', checkpoint.Weights.Processing), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mamba", "general.architecture: is 'mamba', which is not known here; known are arcee, arctic, bert")]
    [InlineData(null, "general.architecture: is missing")]
    public void Load_FamilyNotKnown_ListsTensorsAndSaysSo(string? name, string reason)
    {
        var gguf = new GgufFile().Add("token_embd.weight", [2, 2], [1, 2, 3, 4]);
        if (name is not null)
            gguf.Set("general.architecture", name);
        string path = gguf.Save(_folder.PathOf("model.gguf"));
        Assert.Equal([1f, 2, 3, 4], CheckpointTensors.Open(path).Read("token_embd.weight"));
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("block_count", "x", "qwen2.block_count: must be a whole number of at least 1, was \"x\"")]
    [InlineData("attention.head_count", 3, "qwen2.attention.head_count: 3 does not divide embedding_length 4")]
    [InlineData("attention.head_count_kv", 3, "qwen2.attention.head_count_kv: is 3 in layer 0, which does not divide 2 heads")]
    [InlineData("attention.head_count", new[] { 2, 4 }, "is 4 in layer 1 and 2 before")]
    [InlineData("attention.head_count_kv", new int[0], "has no whole number for layer 0")]
    public void Load_SizesThatCannotBe_NamesTheKey(string key, object value, string reason)
    {
        var sizes = new Dictionary<string, object>
        {
            ["block_count"] = 1,
            ["embedding_length"] = 4,
            ["attention.head_count"] = 2,
            [key] = value,
        };
        var gguf = new GgufFile().Set("general.architecture", "qwen2").Add("token_embd.weight", [3, 4], new float[12]);
        foreach ((string name, object size) in sizes)
            gguf.Set($"qwen2.{name}", size);
        gguf.Add("output_norm.weight", [4], new float[4]).Add("blk.0.attn_norm.weight", [4], new float[4]);
        foreach (string name in new[] { "q", "k", "v", "output" })
            gguf.Add($"blk.0.attn_{name}.weight", [4, 4], new float[16]);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(gguf.Save(_folder.PathOf("model.gguf"))));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<ForwardFeature> Features(TransformerConfig config) =>
        config.ForwardNeeds.Select(need => need.Feature).Where(need => need != ForwardFeature.EmbeddingNorm || !config.PostNorm).Order();

    private static GgufFile Sizes(GgufFile gguf, string architecture, int width, int heads, int layers) => gguf
        .Set("general.architecture", architecture).Set($"{architecture}.block_count", layers)
        .Set($"{architecture}.embedding_length", width).Set($"{architecture}.attention.head_count", heads)
        .Set($"{architecture}.attention.layer_norm_rms_epsilon", 1e-5f);

    private static void AssertSame(TransformerWeights expected, TransformerWeights weights)
    {
        var config = expected.Config;
        Assert.Equal((config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary, config.Context),
            (weights.Config.Layers, weights.Config.Heads, weights.Config.DModel, weights.Config.DHead, weights.Config.Vocabulary,
                config.PositionalEmbedding == "alibi" ? config.Context : weights.Config.Context));
        Assert.Equal((config.Normalization, config.FinalNormalization), (weights.Config.Normalization, weights.Config.FinalNormalization));
        Assert.Equal((config.PositionalEmbedding, config.NormEpsilon), (weights.Config.PositionalEmbedding, weights.Config.NormEpsilon));
        Assert.Equal(config.OtherNorm is null, weights.Config.OtherNorm is null);
        bool runs = weights.Config.Forward is not null;
        foreach (var kind in Enum.GetValues<WeightKind>().Where(kind => runs || kind <= WeightKind.ln_final_b))
        {
            Assert.Equal((kind, expected.Has(kind)), (kind, weights.Has(kind)));
            if (!expected.Has(kind))
                continue;
            foreach (var head in config.AllHeads)
                Assert.Equal(expected.Read(kind, head).Values.ToArray(), weights.Read(kind, head).Values.ToArray());
        }
    }
}
