using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>GPT-NeoX and Pythia: queries, keys and values interleaved by head, rotary positions, untied embeddings.</summary>
internal sealed class GptNeoXLayout : InterleavedLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-NeoX";

    /// <inheritdoc/>
    public override string Mark => "layers.0.attention.query_key_value.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_neox"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["gpt_neox.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override string Layers => "layers";

    /// <inheritdoc/>
    protected override string Attention => "attention";

    /// <inheritdoc/>
    protected override (string Embedding, string Unembedding, string FinalNorm) Outer =>
        ("embed_in.weight", "embed_out.weight", "final_layer_norm");

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "LN", "rotary");
}
