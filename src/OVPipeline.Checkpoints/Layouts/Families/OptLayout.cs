using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>OPT: separate projections with biases, learned positions after two rows of padding, tied embeddings.</summary>
internal sealed class OptLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "OPT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["opt"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["model.decoder.", "decoder."];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "embed_tokens",
        Positions = "embed_positions",
        PaddingPositions = 2, // OPTLearnedPositionalEmbedding.offset: rows 0 and 1 are of padding
        Layers = "layers",
        Attention = new QueryKeyValue.Separate("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
        Output = "self_attn.out_proj",
        Norm = "self_attn_layer_norm",
        FinalNorm = "final_layer_norm",
        Mlp = new("fc1", "fc2"),
        MlpNorm = "final_layer_norm",
    };

    // Files of Galactica have no gains, and those of a last norm that was taken out none of it.
    /// <inheritdoc/>
    protected override DecoderNames NamesIn(CheckpointParts parts) => Names with
    {
        Norm = parts.Tensors.Contains(InLayer(parts, Names.Layers, 0, $"{Names.Norm}.weight")) ? Names.Norm : null,
        FinalNorm = parts.Tensors.Contains(Full(parts, $"{Names.FinalNorm}.weight")) ? Names.FinalNorm : null,
    };

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
        if (file.Flag("layer_norm_elementwise_affine") == false)
            config = config with { Normalization = "LNPre" }; // without gains and biases it computes what one does whose were folded
        return file.Flag("_remove_final_layer_norm") == true ? config with { FinalNormalization = null } : config;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "relu"; // OPTConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("ffn_dim");
}
