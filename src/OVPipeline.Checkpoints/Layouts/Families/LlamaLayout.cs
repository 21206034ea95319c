using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Llama, and the layout of those that follow it: separate projections, grouped keys and values (a query head has its group's W_K and
/// W_V), RMS norms, rotary positions.
/// </summary>
internal class LlamaLayout : HuggingFaceLayout
{
    /// <inheritdoc/>
    public override string Name => "Llama";

    /// <inheritdoc/>
    public override string Mark => "layers.0.self_attn.q_proj.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["llama"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["model.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("head_dim");

    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) => base.HasNames(parts) && parts.Tensors.Contains(Full(parts, "norm.weight"));

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "RMS", "rotary");

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(parts, "layers", layer, "self_attn.q_proj.weight");

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (long v, long d, long h, long heads) = (config.Vocabulary, config.DModel, config.DHead, config.Heads);
        long groups = parts.RequireConfig(Name).TrySize("num_key_value_heads") ?? heads;
        if (heads % groups != 0)
            throw new CheckpointException(parts.Config!.Path, "num_key_value_heads",
                $"num_attention_heads {heads} is no multiple of {groups}.");
        // Rows of q_proj by head, of k_proj and v_proj by group: heads / groups query heads in a row share one.
        long query = head.Head * h;
        long group = head.Head / (heads / groups) * h;
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, "embed_tokens.weight"), v, d),
            WeightKind.W_U => Unembedding(parts, config, "embed_tokens.weight", "lm_head.weight"),
            WeightKind.W_Q => parts.View(Layer("self_attn.q_proj.weight"), heads * h, d).Outputs(query, h),
            WeightKind.W_K => parts.View(Layer("self_attn.k_proj.weight"), groups * h, d).Outputs(group, h),
            WeightKind.W_V => parts.View(Layer("self_attn.v_proj.weight"), groups * h, d).Outputs(group, h),
            WeightKind.W_O => parts.View(Layer("self_attn.o_proj.weight"), d, heads * h).Inputs(query, h),
            WeightKind.b_Q => parts.TryView(Layer("self_attn.q_proj.bias"), heads * h)?.Slice(0, query, h),
            WeightKind.b_K => parts.TryView(Layer("self_attn.k_proj.bias"), groups * h)?.Slice(0, group, h),
            WeightKind.b_V => parts.TryView(Layer("self_attn.v_proj.bias"), groups * h)?.Slice(0, group, h),
            WeightKind.b_O => parts.TryView(Layer("self_attn.o_proj.bias"), d),
            WeightKind.ln1_w => parts.View(Layer("input_layernorm.weight"), d),
            WeightKind.ln_final_w => parts.View(Full(parts, "norm.weight"), d),
            _ => null,
        };

        string Layer(string name) => InLayer(parts, "layers", head.Layer, name);
    }
}
