using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// BLOOM: queries, keys and values interleaved by head, ALiBi, tied embeddings, and a layer norm right after W_E, which is not in it.
/// </summary>
internal sealed class BloomLayout : InterleavedLayout
{
    /// <inheritdoc/>
    public override string Name => "BLOOM";

    /// <inheritdoc/>
    public override string Mark => "h.0.self_attention.query_key_value.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["bloom"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override string Layers => "h";

    /// <inheritdoc/>
    protected override string Attention => "self_attention";

    /// <inheritdoc/>
    protected override (string Embedding, string Unembedding, string FinalNorm) Outer =>
        ("word_embeddings.weight", "lm_head.weight", "ln_f");

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
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        [$"{config.OtherNorm} is not in W_E"];
}
