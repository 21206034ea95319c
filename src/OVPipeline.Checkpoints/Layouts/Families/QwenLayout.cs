using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Qwen 2 (biases on queries, keys and values) and Qwen 3 (norms on queries and keys, which OV circuits do not meet).</summary>
internal sealed class QwenLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Qwen";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes =>
    [
        "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text", "qwen3_vl_text",
        "qwen3_vl_moe_text",
    ];

    /// <inheritdoc/>
    // Qwen3Config's own; Qwen 2's heads share their width.
    protected override int? HeadWidth(ModelConfigFile file) =>
        file.TrySize("head_dim") ?? (file.ModelType?.StartsWith("qwen3", StringComparison.Ordinal) == true ? 128 : null);

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        parts.Tensors.Contains(InLayer(parts, "layers", 0, "self_attn.q_norm.weight"))
            ? ["the norms of queries and keys (q_norm, k_norm) are not in W_Q and W_K"]
            : [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["qwen2", "qwen3"];

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int? width = reader.Flag("use_sliding_window", false) ? reader.Width("sliding_window", 4096) : null; // Qwen2Config
        int full = reader.File?.Field("max_window_layers") is null ? 28 : (int)reader.Number("max_window_layers", 28);
        return forward with { Windows = reader.Windows(config.Layers, width, layer => layer >= full) };
    }
}
