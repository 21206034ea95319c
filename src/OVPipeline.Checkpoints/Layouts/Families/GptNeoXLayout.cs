using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>GPT-NeoX and Pythia: queries, keys and values interleaved by head, rotary positions, untied embeddings.</summary>
internal sealed class GptNeoXLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-NeoX";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_neox"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["gpt_neox.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(Share: 0.25); // GPTNeoXConfig.rotary_pct

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "embed_in",
        Unembedding = "embed_out",
        Layers = "layers",
        Attention = new QueryKeyValue.ByGroup("attention.query_key_value"),
        Output = "attention.dense",
        Norm = "input_layernorm",
        FinalNorm = "final_layer_norm",
        Mlp = new("mlp.dense_h_to_4h", "mlp.dense_4h_to_h"),
        MlpNorm = "post_attention_layernorm",
    };

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => file.Flag("use_parallel_residual") ?? true;

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "LN", "rotary");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu"; // GPTNeoXConfig
}
