using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Qwen 1: one tensor for queries, keys and values with a bias, stored [out, in]; RMS norms, rotary positions.</summary>
internal sealed class Qwen1Layout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "Qwen 1";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Layers = "h",
        Attention = new QueryKeyValue.ByPart("attn.c_attn"),
        Output = "attn.c_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
    };

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("kv_channels");

    /// <inheritdoc/>
    // nanoGPT's names are these with positions: only the model type says which it is.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        string context = parts.Config?.TrySize("seq_length") is null ? "max_position_embeddings" : "seq_length";
        return Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", context, "RMS", "rotary");
    }
}
