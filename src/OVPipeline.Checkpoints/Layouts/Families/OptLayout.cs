using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// OPT: separate projections with biases, learned positions after two rows of padding, tied embeddings. Of 350m the residual stream itself
/// passes the norms, and embeddings are narrower than it.
/// </summary>
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

    // Files of Galactica have no gains, and those of a last norm that was taken out none of it. Where norms stand after attention and MLP,
    // the last of them is the one before the unembedding.
    /// <inheritdoc/>
    protected override DecoderNames NamesIn(CheckpointParts parts)
    {
        if (IsPostNorm(parts.Config))
            return Names with
            {
                Norm = null,
                MlpNorm = null,
                AttentionPostNorm = Names.Norm,
                MlpPostNorm = Names.MlpNorm,
                FinalNorm = string.Create(CultureInfo.InvariantCulture,
                    $"{Names.Layers}.{parts.RequireConfig(Name).Size("num_hidden_layers") - 1}.{Names.MlpNorm}"),
            };
        return Names with
        {
            Norm = parts.Tensors.Contains(InLayer(parts, Names.Layers, 0, $"{Names.Norm}.weight")) ? Names.Norm : null,
            FinalNorm = parts.Tensors.Contains(Full(parts, $"{Names.FinalNorm}.weight")) ? Names.FinalNorm : null,
        };
    }

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        var config = Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "LN", "standard");
        bool gains = file.Flag("layer_norm_elementwise_affine") != false;
        if (IsPostNorm(file))
            return gains
                ? config with
                {
                    PostNorm = true,
                    OtherNorm = "the layer norm that the residual stream itself passes after each block",
                }
                : throw new CheckpointException(file.Path, "layer_norm_elementwise_affine",
                    "norms without gains after attention are not covered.");
        if (!gains)
            config = config with { Normalization = "LNPre" }; // without gains and biases it computes what one does whose were folded
        return file.Flag("_remove_final_layer_norm") == true ? config with { FinalNormalization = null } : config;
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        if (config.PostNorm)
            yield return "the layer norms that the residual stream itself passes are in no weight";
        if (EmbeddingWidth(parts, config) != config.DModel)
            yield return "W_E is embed_tokens times project_in, W_U is project_out times the unembedding";
    }

    /// <inheritdoc/>
    public override TensorView? Projection(CheckpointParts parts, TransformerConfig config, WeightKind kind)
    {
        long width = EmbeddingWidth(parts, config);
        if (width == config.DModel)
            return null;
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, "project_in.weight"), config.DModel, width).Transpose(),
            WeightKind.W_U => parts.View(Full(parts, "project_out.weight"), width, config.DModel).Transpose(),
            _ => null,
        };
    }

    /// <inheritdoc/>
    protected override long EmbeddingWidth(CheckpointParts parts, TransformerConfig config) =>
        parts.RequireConfig(Name).TrySize("word_embed_proj_dim") ?? config.DModel;

    // OPT-350m.
    private static bool IsPostNorm(ModelConfigFile? file) => file?.Flag("do_layer_norm_before") == false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "relu"; // OPTConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("ffn_dim");
}
