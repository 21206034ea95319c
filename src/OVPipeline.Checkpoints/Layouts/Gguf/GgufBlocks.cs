using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What a forward pass reads of a GGUF file beside attention's weights: MLPs, and norms that stand elsewhere than before attention.
/// </summary>
internal static class GgufBlocks
{
    /// <summary>The name of a tensor of a layer.</summary>
    public static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{name}");

    /// <summary>Where a weight lies, or null where the model has none of the kind.</summary>
    /// <param name="parts">The file.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="family">What is known of its family.</param>
    /// <param name="kind">The weight.</param>
    /// <param name="head">Its layer, and its head where heads have one each.</param>
    /// <param name="keys">The head of keys and values that the head reads, and of how many.</param>
    /// <exception cref="CheckpointException">A tensor has the wrong shape.</exception>
    public static TensorView? Map(
        CheckpointParts parts,
        TransformerConfig config,
        GgufArchitecture family,
        WeightKind kind,
        HeadIndex head,
        (int Head, int Heads) keys)
    {
        return kind switch
        {
            WeightKind.W_in or WeightKind.W_gate or WeightKind.W_out or WeightKind.b_in or WeightKind.b_gate or WeightKind.b_out =>
                config.Forward?.Mlp is { } mlp ? OfMlp(parts, config, mlp, kind, head.Layer) : null,
            WeightKind.ln2_w => BeforeMlp(parts, config, family, head.Layer, "weight"),
            WeightKind.ln2_b => BeforeMlp(parts, config, family, head.Layer, "bias"),
            WeightKind.ln1_post_w => Norm(family.NormAfterAttention, "weight"),
            WeightKind.ln1_post_b => Norm(family.NormAfterAttention, "bias"),
            WeightKind.ln2_post_w => Norm(family.PostNorm ? "layer_output_norm" : "post_ffw_norm", "weight"),
            WeightKind.ln2_post_b => Norm(family.PostNorm ? "layer_output_norm" : "post_ffw_norm", "bias"),
            WeightKind.ln_embed_w => parts.TryView($"{GgufTensors.EmbeddingNorm}.weight", config.DModel),
            WeightKind.ln_embed_b => parts.TryView($"{GgufTensors.EmbeddingNorm}.bias", config.DModel),
            WeightKind.b_E => FirstType(parts, config),
            WeightKind.q_norm_w => OfHead(parts, config, InLayer(head.Layer, "attn_q_norm.weight"), config.Heads, head.Head),
            WeightKind.q_norm_b => OfHead(parts, config, InLayer(head.Layer, "attn_q_norm.bias"), config.Heads, head.Head),
            WeightKind.k_norm_w => OfHead(parts, config, InLayer(head.Layer, "attn_k_norm.weight"), keys.Heads, keys.Head),
            WeightKind.k_norm_b => OfHead(parts, config, InLayer(head.Layer, "attn_k_norm.bias"), keys.Heads, keys.Head),
            _ => null,
        };

        TensorView? Norm(string? name, string part) =>
            name is null ? null : parts.TryView(InLayer(head.Layer, $"{name}.{part}"), config.DModel);
    }

    /// <summary>The norm of queries and keys, by the shape of its gains.</summary>
    public static QueryKeyNormKind QueryKeyNorm(CheckpointParts parts, GgufSizes sizes) =>
        parts.Tensors.Find(InLayer(0, "attn_q_norm.weight"))?.Info.Shape switch
        {
            null => QueryKeyNormKind.None,
            [var gains] when gains != sizes.KeyLength => QueryKeyNormKind.Layer,
            _ => QueryKeyNormKind.Head,
        };

    private static TensorView? OfMlp(CheckpointParts parts, TransformerConfig config, MlpConfig mlp, WeightKind kind, int layer)
    {
        (long d, long f) = (config.DModel, mlp.Width);
        bool fused = mlp.Gated && !parts.Tensors.Contains(InLayer(layer, "ffn_gate.weight")); // gates first, then what they gate
        return kind switch
        {
            WeightKind.W_in when fused => parts.View(InLayer(layer, "ffn_up.weight"), 2 * f, d).Outputs(f, f),
            WeightKind.W_in => parts.View(InLayer(layer, "ffn_up.weight"), f, d).Outputs(0, f),
            WeightKind.W_gate when fused => parts.View(InLayer(layer, "ffn_up.weight"), 2 * f, d).Outputs(0, f),
            WeightKind.W_gate => mlp.Gated ? parts.View(InLayer(layer, "ffn_gate.weight"), f, d).Outputs(0, f) : null,
            WeightKind.W_out => parts.View(InLayer(layer, "ffn_down.weight"), d, f).Outputs(0, d),
            WeightKind.b_in when fused => parts.TryView(InLayer(layer, "ffn_up.bias"), 2 * f)?.Slice(0, f, f),
            WeightKind.b_in => parts.TryView(InLayer(layer, "ffn_up.bias"), f),
            WeightKind.b_gate when fused => parts.TryView(InLayer(layer, "ffn_up.bias"), 2 * f)?.Slice(0, 0, f),
            WeightKind.b_gate => mlp.Gated ? parts.TryView(InLayer(layer, "ffn_gate.bias"), f) : null,
            _ => parts.TryView(InLayer(layer, "ffn_down.bias"), d),
        };
    }

    // Falcon's larger models have two norms of the same stream: attn_norm_2 is attention's, attn_norm the MLP's.
    private static TensorView? BeforeMlp(CheckpointParts parts, TransformerConfig config, GgufArchitecture family, int layer, string part)
    {
        if (family.PostNorm)
            return null;
        string name = parts.Tensors.Contains(InLayer(layer, "attn_norm_2.weight")) ? "attn_norm" : family.MlpNorm;
        return parts.TryView(InLayer(layer, $"{name}.{part}"), config.DModel);
    }

    // Gains of one head, for all heads or by head, in rows or one after the other.
    private static TensorView? OfHead(CheckpointParts parts, TransformerConfig config, string name, int heads, int head)
    {
        if (parts.Tensors.Find(name)?.Info.Shape is not { } shape)
            return null;
        if (shape.SequenceEqual([config.DHead]))
            return parts.View(name, config.DHead);
        return shape.Count == 2
            ? parts.View(name, heads, config.DHead).At(head)
            : parts.View(name, heads * (long)config.DHead).Slice(0, head * (long)config.DHead, config.DHead);
    }

    private static TensorView? FirstType(CheckpointParts parts, TransformerConfig config) =>
        parts.Tensors.Find(GgufTensors.Types)?.Info.Shape is [var types, _]
            ? parts.View(GgufTensors.Types, types, config.DModel).At(0)
            : null;
}
