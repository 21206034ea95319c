using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Falcon: one tensor for queries, keys and values, group by group; one group (7B), several (40B) or one a head (RW); rotary positions or
/// ALiBi; by default attention and MLP in parallel.
/// </summary>
internal sealed class FalconLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "Falcon";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["falcon", "RefinedWeb", "RefinedWebModel"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "word_embeddings",
        Layers = "h",
        Attention = new QueryKeyValue.ByGroup("self_attention.query_key_value"),
        Output = "self_attention.dense",
        Norm = "input_layernorm",
        FinalNorm = "ln_f",
        Mlp = new("mlp.dense_h_to_4h", "mlp.dense_4h_to_h"),
        MlpNorm = "post_attention_layernorm",
    };

    /// <inheritdoc/>
    // Models of the new architecture have a norm for each of attention and MLP.
    protected override DecoderNames NamesIn(CheckpointParts parts) =>
        parts.Tensors.Contains(InLayer(parts, "h", 0, "ln_attn.weight")) ? Names with { Norm = "ln_attn", MlpNorm = "ln_mlp" } : Names;

    /// <inheritdoc/>
    // BLOOM has the same names; without a model type it is that.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    protected override int KeyValueHeads(CheckpointParts parts, TransformerConfig config)
    {
        var file = parts.RequireConfig(Name);
        bool grouped = file.Flag("new_decoder_architecture") ?? file.ModelType == "RefinedWeb";
        if (grouped)
            return file.TrySize("num_kv_heads") ?? file.TrySize("n_head_kv") ?? config.Heads;
        return file.Flag("multi_query") ?? true ? 1 : config.Heads;
    }

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) =>
        (file.Flag("new_decoder_architecture") ?? false) || (file.Flag("parallel_attn") ?? true);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        return Sizes(parts,
            file.TrySize("num_hidden_layers") is null ? "n_layer" : "num_hidden_layers",
            file.TrySize("num_attention_heads") is null ? "n_head" : "num_attention_heads",
            file.TrySize("hidden_size") is null ? "n_embed" : "hidden_size",
            "max_position_embeddings", "LN", file.Flag("alibi") == true ? "alibi" : "rotary");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["falcon"];

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu"; // FalconConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("ffn_hidden_size");

    /// <inheritdoc/>
    protected override ForwardConfig Complete(
        ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward) =>
        forward with { RoundedAlibi = config.PositionalEmbedding == "alibi" }; // build_alibi_tensor
}
