using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class WeightLayoutsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2", "MLPs")]
    [InlineData("transformer_lens", "")]
    [InlineData("gpt_neo", "MLPs (gelu_new), sliding window of 2 in 1 layer")]
    [InlineData("gptj", "MLPs (gelu_new), rotary positions on 2 dimensions, rotary base 10000, rotary positions of adjacent pairs, "
        + "attention and MLP in parallel")]
    [InlineData("phi", "MLPs (gelu_new), rotary positions on 2 dimensions, rotary base 10000, attention and MLP in parallel")]
    [InlineData("phi3", "gated MLPs (silu), rotary positions on 3 dimensions, rotary base 10000, grouped queries over key-value heads: 2, "
        + "sliding window of 3")]
    [InlineData("falcon", "MLPs, rotary positions on 3 dimensions, rotary base 10000, attention and MLP in parallel, "
        + "grouped queries over key-value heads: 1")]
    [InlineData("falcon_alibi", "MLPs, ALiBi")]
    [InlineData("mpt", "MLPs, ALiBi, queries, keys and values clipped at 8")]
    [InlineData("bloom", "MLPs, ALiBi, norm after the embedding")]
    [InlineData("stablelm_parallel", "MLPs, rotary positions on 0 dimensions, rotary base 10000, attention and MLP in parallel")]
    [InlineData("mixtral", "experts 2, rotary positions on 3 dimensions, rotary base 1000000, grouped queries over key-value heads: 2")]
    [InlineData("olmo3", "MLPs, rotary positions on 3 dimensions, rotary base 10000, norms of queries and keys, "
        + "grouped queries over key-value heads: 2, norm after attention, sliding window of 3 in 1 layer")]
    [InlineData("gpt_oss", "experts 2, rotary positions on 4 dimensions, rotary base 150000, scaled rotary frequencies (yarn), "
        + "attention sinks, grouped queries over key-value heads: 2, sliding window of 3 in 1 layer")]
    [InlineData("gemma2", "MLPs, rotary positions on 4 dimensions, rotary base 10000, grouped queries over key-value heads: 2, "
        + "norm after attention, soft cap of scores 50, soft cap of logits 30")]
    [InlineData("gemma3", "MLPs, rotary positions on 3 dimensions, rotary base 1000000, rotary base of layers with a window 10000, "
        + "norms of queries and keys, grouped queries over key-value heads: 2, norm after attention, sliding window of 3")]
    [InlineData("cohere", "MLPs, rotary positions on 3 dimensions, rotary base 10000, rotary positions of adjacent pairs, "
        + "attention and MLP in parallel, grouped queries over key-value heads: 2, factor of logits 0.0625")]
    [InlineData("bert", "MLPs, residual stream through the norms")]
    [InlineData("t5", "MLPs, relative positions, cross attention")]
    [InlineData("minicpm", "MLPs, rotary positions on 3 dimensions, rotary base 10000, grouped queries over key-value heads: 2, "
        + "factor of the embedding 12, factor of what layers write 1.4, factor of logits 6")]
    public void Load_WhatAForwardPassNeeds_IsTold(string model, string needs) =>
        Assert.Equal(needs, TransformerCheckpoint.Load(Repository.Fixture("Architectures", model)).Weights.Config.ForwardNeeds.ToString());

    [Fact]
    public void All_ModelTypes_AreOfOneLayoutEachButGpt2()
    {
        string[] types = [.. WeightLayouts.All.SelectMany(layout => layout.ModelTypes)];
        Assert.Equal(["gpt2"], types.GroupBy(type => type).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.DoesNotContain(types, type => WeightLayouts.WhyNot(type) is not null);
        Assert.Equal("Falcon", WeightLayouts.OfType("falcon")?.Name);
        Assert.Null(WeightLayouts.OfType("newest"));
    }

    [Fact]
    public void Load_NoLayoutFits_ListsFamiliesAndNames()
    {
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), [new("something.weight", [1], new float[1])]);
        string message = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path)).Message;
        Assert.Contains("Names found: something.weight.", message, StringComparison.Ordinal);
        Assert.Contains("GPT-2, SantaCoder, nanoGPT", message, StringComparison.Ordinal);
        Assert.True(message.Length < 900, message);
    }

    [Theory]
    [InlineData("olmo2", null, "RMS", "the norm after attention (post_attention_layernorm)")]
    [InlineData("olmo", "LNPre", "LNPre", null)]
    [InlineData("qwen", "RMS", "RMS", null), InlineData("mpt", "LN", "LN", null), InlineData("solu_old", "LN", "LN", null)]
    public void Load_Norms_AreThoseOfTheFamily(string model, string? attention, string final, string? other)
    {
        var config = TransformerCheckpoint.Load(Repository.Fixture("Architectures", model)).Weights.Config;
        Assert.Equal((attention, final, other), (config.Normalization, config.FinalNormalization, config.OtherNorm));
    }

    [Theory]
    [InlineData("gpt_neo", 1.0), InlineData("mpt", 2.0), InlineData("gptj", null)]
    public void Load_WhatScoresAreDividedBy_IsTheFamilys(string model, double? scale) =>
        Assert.Equal(scale, TransformerCheckpoint.Load(Repository.Fixture("Architectures", model)).Weights.Config.AttentionScale);

    [Theory]
    [InlineData("minicpm", "scale_emb 12, scale_depth 1.4, dim_model_base 6"), InlineData("cohere", "logit_scale 0.0625")]
    [InlineData("olmoe", "clip_qkv 8"), InlineData("mpt", "attn_config.clip_qkv 8"), InlineData("phi3", null)]
    public void Load_WhatPutsLogitsAtAnotherScale_IsNamed(string model, string? fields) =>
        Assert.Equal(fields, TransformerCheckpoint.Load(Repository.Fixture("Architectures", model)).Weights.Config.NotInLogits);

    [Fact]
    public void Load_NormsOfScalesAskedForWhereOneStandsAfterAttention_SaysWhich()
    {
        var options = new CheckpointOptions { NormScales = NormScaleSource.LoneEmbedding };
        var weights = TransformerCheckpoint.Load(Repository.Fixture("Architectures", "olmo2"), options).Weights;
        Assert.Equal($"no norm's scale is held: {weights.Config.OtherNorm} is in no weight", weights.Processing[^1]);
    }

    [Fact]
    public void Load_PartOfAFileForPictures_HasTheFamilysOwnSizes()
    {
        var config = TransformerCheckpoint.Load(Repository.Fixture("Architectures", "gemma3_pictures")).Weights.Config;
        Assert.Equal((8, 3, 11, 131_072), (config.Heads, config.DHead, config.Vocabulary, config.Context));
        Assert.Equal(4, config.ForwardNeeds.Find(ForwardFeature.GroupedQueries)?.Value);
    }

    [Fact]
    public void Load_SharedCaseOfOldSolu_HasItsShapes()
    {
        var weights = TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "checkpoints", "tl-old-solu")).Weights;
        Assert.Equal((12, 8, 4, 2, 16), (weights.Config.Vocabulary, weights.Config.DModel, weights.Config.DHead, weights.Config.Heads,
            weights.Config.Context));
        Assert.Contains(weights.Processing, note => note.Contains("taken to be standard", StringComparison.Ordinal));
        Assert.Equal((8, 4), (weights.W_V(default).Rows, weights.W_V(default).Columns));
    }
}
