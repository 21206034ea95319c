using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>OPT: separate projections with biases, learned positions after two rows of padding, tied embeddings.</summary>
internal sealed class OptLayout : HuggingFaceLayout
{
    // OPTLearnedPositionalEmbedding.offset: rows 0 and 1 of the positions are of padding, and the first token's is row 2.
    private const int PaddingPositions = 2;

    /// <inheritdoc/>
    public override string Name => "OPT";

    /// <inheritdoc/>
    public override string Mark => "layers.0.self_attn.out_proj.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["opt"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["model.decoder.", "decoder."];

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        if (file.TrySize("word_embed_proj_dim") is int width && width != file.Size("hidden_size"))
            throw new CheckpointException(file.Path, "word_embed_proj_dim",
                $"embeddings of {width} beside a hidden_size of {file.Size("hidden_size")} are not covered.");
        if (file.Flag("do_layer_norm_before") == false)
            throw new CheckpointException(file.Path, "do_layer_norm_before", "layer norm after attention is not covered.");
        var config = Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "LN", "standard");
        return file.Flag("_remove_final_layer_norm") == true ? config with { FinalNormalization = null } : config;
    }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(parts, "layers", layer, "self_attn.out_proj.weight");

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (long v, long d, long h, long at) = (config.Vocabulary, config.DModel, config.DHead, (long)head.Head * config.DHead);
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, "embed_tokens.weight"), v, d),
            WeightKind.W_pos => config.Context == 0 ? null : Positions(),
            WeightKind.W_U => Unembedding(parts, config, "embed_tokens.weight", "lm_head.weight"),
            WeightKind.W_Q => parts.View(Layer("self_attn.q_proj.weight"), d, d).Outputs(at, h),
            WeightKind.W_K => parts.View(Layer("self_attn.k_proj.weight"), d, d).Outputs(at, h),
            WeightKind.W_V => parts.View(Layer("self_attn.v_proj.weight"), d, d).Outputs(at, h),
            WeightKind.W_O => parts.View(Layer("self_attn.out_proj.weight"), d, d).Inputs(at, h),
            WeightKind.b_Q => parts.TryView(Layer("self_attn.q_proj.bias"), d)?.Slice(0, at, h),
            WeightKind.b_K => parts.TryView(Layer("self_attn.k_proj.bias"), d)?.Slice(0, at, h),
            WeightKind.b_V => parts.TryView(Layer("self_attn.v_proj.bias"), d)?.Slice(0, at, h),
            WeightKind.b_O => parts.TryView(Layer("self_attn.out_proj.bias"), d),
            WeightKind.ln1_w => parts.TryView(Layer("self_attn_layer_norm.weight"), d),
            WeightKind.ln1_b => parts.TryView(Layer("self_attn_layer_norm.bias"), d),
            WeightKind.ln_final_w => parts.TryView(Full(parts, "final_layer_norm.weight"), d),
            WeightKind.ln_final_b => parts.TryView(Full(parts, "final_layer_norm.bias"), d),
            _ => null,
        };

        TensorView Positions()
        {
            long rows = config.Context + (long)PaddingPositions;
            return parts.View(Full(parts, "embed_positions.weight"), rows, d).Slice(0, PaddingPositions, config.Context);
        }

        string Layer(string name) => InLayer(parts, "layers", head.Layer, name);
    }
}
