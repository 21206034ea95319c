using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GPT-Neo (TinyStories): separate projections without biases but for the output's, learned positions, tied embeddings; scores are not
/// divided by anything, and every other layer looks at the nearest positions only.
/// </summary>
internal sealed class GptNeoLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-Neo";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_neo"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Positions = "wpe",
        Layers = "h",
        Attention = new QueryKeyValue.Separate("attn.attention.q_proj", "attn.attention.k_proj", "attn.attention.v_proj"),
        Output = "attn.attention.out_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        return Sizes(parts,
            file.TrySize("num_layers") is null ? "num_hidden_layers" : "num_layers",
            file.TrySize("num_heads") is null ? "num_attention_heads" : "num_heads",
            "hidden_size", "max_position_embeddings", "LN", "standard") with
        {
            AttentionScale = 1,
        };
    }
}
