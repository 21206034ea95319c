using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>GPT-2: one tensor for queries, keys and values, stored [in, out] (Conv1D); tied embeddings, learned positions.</summary>
internal sealed class Gpt2Layout : HuggingFaceLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-2";

    /// <inheritdoc/>
    public override string Mark => "h.0.attn.c_attn.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "standard");

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(parts, "h", layer, "attn.c_attn.weight");

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        // Columns of c_attn: d of queries, d of keys, d of values, each d_head by d_head in the order of the heads.
        (long v, long d, long h, long at) = (config.Vocabulary, config.DModel, config.DHead, (long)head.Head * config.DHead);
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, "wte.weight"), v, d),
            WeightKind.W_pos => config.Context == 0 ? null : parts.View(Full(parts, "wpe.weight"), config.Context, d),
            WeightKind.W_U => Unembedding(parts, config, "wte.weight", "lm_head.weight"),
            WeightKind.W_Q => parts.View(Layer("attn.c_attn.weight"), d, 3 * d).Slice(1, at, h),
            WeightKind.W_K => parts.View(Layer("attn.c_attn.weight"), d, 3 * d).Slice(1, d + at, h),
            WeightKind.W_V => parts.View(Layer("attn.c_attn.weight"), d, 3 * d).Slice(1, (2 * d) + at, h),
            WeightKind.b_Q => parts.View(Layer("attn.c_attn.bias"), 3 * d).Slice(0, at, h),
            WeightKind.b_K => parts.View(Layer("attn.c_attn.bias"), 3 * d).Slice(0, d + at, h),
            WeightKind.b_V => parts.View(Layer("attn.c_attn.bias"), 3 * d).Slice(0, (2 * d) + at, h),
            WeightKind.W_O => parts.View(Layer("attn.c_proj.weight"), d, d).Slice(0, at, h),
            WeightKind.b_O => parts.View(Layer("attn.c_proj.bias"), d),
            WeightKind.ln1_w => parts.View(Layer("ln_1.weight"), d),
            WeightKind.ln1_b => parts.View(Layer("ln_1.bias"), d),
            WeightKind.ln_final_w => parts.View(Full(parts, "ln_f.weight"), d),
            WeightKind.ln_final_b => parts.View(Full(parts, "ln_f.bias"), d),
            _ => null,
        };

        string Layer(string name) => InLayer(parts, "h", head.Layer, name);
    }
}
