using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// BLOOM: queries, keys and values interleaved by head, ALiBi, tied embeddings, and a layer norm right after W_E, which is not in it.
/// </summary>
internal sealed class BloomLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "BLOOM";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["bloom"];

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
        EmbeddingNorm = "word_embeddings_layernorm",
    };

    // Falcon has the same names and no norm there.
    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && parts.Tensors.Contains(Full(parts, "word_embeddings_layernorm.weight"));

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        return Sizes(parts,
            file.TrySize("n_layer") is null ? "num_hidden_layers" : "n_layer",
            file.TrySize("n_head") is null ? "num_attention_heads" : "n_head",
            file.TrySize("hidden_size") is null ? "n_embed" : "hidden_size", "seq_length", "LN", "alibi") with
        {
            OtherNorm = "the layer norm after the embedding (word_embeddings_layernorm)",
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) =>
        base.Needs(parts, config).Append(new(ForwardFeature.EmbeddingNorm));

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        [$"{config.OtherNorm} is not in W_E"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new"; // BloomGelu

    /// <inheritdoc/>
    protected override string[] ActivationFields => [];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => null;
}
