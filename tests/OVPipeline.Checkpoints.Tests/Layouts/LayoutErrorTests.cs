using System.Text.Json.Nodes;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class LayoutErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2", "n_head", "5", "n_head", "no multiple")]
    [InlineData("gpt2", "n_head", null, "n_head", "missing")]
    [InlineData("gpt2", "n_embd", "8", "wte.weight", "[11, 12]")]
    [InlineData("gpt2", "n_layer", "1", "h.1.attn.c_attn.weight", "beyond the 1")]
    [InlineData("gpt2", "n_layer", "2000000000", "h.2.attn.c_attn.weight", "missing")]
    [InlineData("gpt2", "vocab_size", "12", "wte.weight", "config.json")]
    [InlineData("gpt2", "tie_word_embeddings", "false", "lm_head.weight", "missing")]
    [InlineData("gpt2", "head_dim", "1000", null, null)]
    [InlineData("mistral", "num_key_value_heads", "3", "num_key_value_heads", "no multiple")]
    [InlineData("mistral", "num_key_value_heads", "4", "model.layers.0.self_attn.k_proj.weight", "[6, 12]")]
    [InlineData("mistral", "head_dim", "4", "model.layers.0.self_attn.q_proj.weight", "[12, 12]")]
    [InlineData("gemma", "head_dim", null, "model.layers.0.self_attn.q_proj.weight", "[1024, 12]")] // 4 heads of its own 256
    [InlineData("mistral", "num_attention_heads", "2147483647", "num_attention_heads", "no multiple")]
    [InlineData("mistral", "model_type", "\"phi3\"", null, "Phi 3, but layers.0.self_attn.qkv_proj.weight is not among its tensors")]
    [InlineData("mistral", "model_type", "\"newest\"", null, "model_type newest is not known. Its tensors are named as those of Llama")]
    [InlineData("mistral", "model_type", "\"deepseek_v3\"", null, "multi-head latent attention")]
    [InlineData("olmo", "model_type", "\"llama\"", null, "Llama, but model.layers.0.input_layernorm.weight is not among its tensors")]
    [InlineData("codegen", "n_head", "6", "n_head", "4 equal partitions")]
    [InlineData("falcon_grouped", "num_kv_heads", "3", "num_key_value_heads", "no multiple")]
    [InlineData("gpt_bigcode", "multi_query", "false", "transformer.h.0.attn.c_attn.weight", "[36, 12]")]
    [InlineData("phi3", "num_key_value_heads", "4", "model.layers.0.self_attn.qkv_proj.weight", "[36, 12]")]
    [InlineData("mpt", "attn_config", "{\"rope\": true}", "rope", "not covered")]
    [InlineData("solu_old", "d_head", "4", "blocks.0.attn.W_Q", "[4, 12, 4]")]
    [InlineData("opt", "word_embed_proj_dim", "6", "model.decoder.embed_tokens.weight", "[11, 6]")]
    [InlineData("transformer_lens_grouped", "normalization_type", "\"BN\"", "normalization_type", "BN")]
    public void Load_ConfigChanged_NamesTheEntry(string model, string field, string? value, string? entry, string? reason)
    {
        foreach (string file in Directory.GetFiles(Repository.Fixture("Architectures", model)))
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(_folder.PathOf("config.json")))!.AsObject();
        config.Remove(field);
        if (value is not null)
            config[field] = JsonNode.Parse(value);
        File.WriteAllText(_folder.PathOf("config.json"), config.ToJsonString());
        if (reason is null)
        {
            Assert.NotNull(TransformerCheckpoint.Load(_folder.Path)); // a field of other layouts
            return;
        }
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Equal(entry, error.Entry);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoConfigWhereHeadsAreUnknown_SaysSo()
    {
        string path = _folder.PathOf("gpt2.bin");
        File.Copy(Repository.Fixture("Architectures", "gpt2", "pytorch_model.bin"), path);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(path));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("GPT-2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralFilesOfWeights_AsksForOne()
    {
        File.WriteAllBytes(_folder.PathOf("a.pth"), []);
        File.WriteAllBytes(_folder.PathOf("b.pth"), []);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Contains("a.pth, b.pth", error.Message, StringComparison.Ordinal);
    }
}
