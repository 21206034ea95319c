using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>InternLM 2: Llama with one tensor for queries, keys and values, group by group, and Meta's own names.</summary>
internal sealed class InternLm2Layout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "InternLM 2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["internlm2"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["model.", "", "language_model.model."];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "tok_embeddings",
        Unembedding = "output",
        Layers = "layers",
        Attention = new QueryKeyValue.ByGroup("attention.wqkv"),
        Output = "attention.wo",
        Norm = "attention_norm",
        FinalNorm = "norm",
        Mlp = new("feed_forward.w3", "feed_forward.w2", "feed_forward.w1"),
        MlpNorm = "ffn_norm",
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "RMS", "rotary");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "silu"; // InternLM2Config
}
