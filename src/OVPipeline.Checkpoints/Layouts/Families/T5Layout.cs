using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The decoder of T5: separate projections without biases, RMS norms, learned biases of distances, scores that are not divided by anything.
/// Of tied embeddings the model divides what W_U reads by sqrt(d_model). Its attention to the encoder, and the encoder, are not read.
/// </summary>
internal sealed class T5Layout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "T5 decoder";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["t5", "mt5", "umt5"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["", "transformer."];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "shared",
        Layers = "decoder.block",
        Attention = new QueryKeyValue.Separate("layer.0.SelfAttention.q", "layer.0.SelfAttention.k", "layer.0.SelfAttention.v"),
        Output = "layer.0.SelfAttention.o",
        Norm = "layer.0.layer_norm",
        FinalNorm = "decoder.final_layer_norm",
    };

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("d_kv");

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        string layers = parts.Config?.TrySize("num_decoder_layers") is null ? "num_layers" : "num_decoder_layers";
        return Sizes(parts, layers, "num_heads", "d_model", null, "RMS", "relative_positional_bias") with
        {
            AttentionScale = 1,
            NotRun = "attention to the encoder",
        };
    }

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        var view = base.Map(parts, config, kind, head);
        return kind == WeightKind.W_U && Ties(parts) ? view! with { Scale = 1 / MathF.Sqrt(config.DModel) } : view;
    }

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) =>
        base.Needs(parts, config).Append(new(ForwardFeature.CrossAttention));

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        yield return "the decoder alone is read; its attention to the encoder is in no weight";
        if (Ties(parts))
            yield return "W_U is divided by sqrt(d_model), as the model does with what it reads";
    }
}
