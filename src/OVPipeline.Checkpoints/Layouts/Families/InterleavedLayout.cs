using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Layouts with one tensor for queries, keys and values, [heads x (q, k, v) x d_head, d_model]: each head's three parts lie together.
/// </summary>
/// <remarks>
/// Its rows, d_head of them a part: <c>q0 k0 v0 q1 k1 v1 q2 ...</c>, where GPT-2's columns are <c>q0 q1 ... k0 k1 ... v0 v1 ...</c>.
/// </remarks>
internal abstract class InterleavedLayout : HuggingFaceLayout
{
    /// <summary>What comes before a layer's number.</summary>
    protected abstract string Layers { get; }

    /// <summary>What a layer calls its attention.</summary>
    protected abstract string Attention { get; }

    /// <summary>The embedding, the unembedding where it is untied, and the last normalization.</summary>
    protected abstract (string Embedding, string Unembedding, string FinalNorm) Outer { get; }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) =>
        InLayer(parts, Layers, layer, $"{Attention}.query_key_value.weight");

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (long v, long d, long h) = (config.Vocabulary, config.DModel, config.DHead);
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, Outer.Embedding), v, d),
            WeightKind.W_U => Unembedding(parts, config, Outer.Embedding, Outer.Unembedding),
            WeightKind.W_Q => parts.View(LayerMark(parts, head.Layer), 3 * d, d).Outputs(Part(0), h),
            WeightKind.W_K => parts.View(LayerMark(parts, head.Layer), 3 * d, d).Outputs(Part(1), h),
            WeightKind.W_V => parts.View(LayerMark(parts, head.Layer), 3 * d, d).Outputs(Part(2), h),
            WeightKind.b_Q => parts.TryView(Layer($"{Attention}.query_key_value.bias"), 3 * d)?.Slice(0, Part(0), h),
            WeightKind.b_K => parts.TryView(Layer($"{Attention}.query_key_value.bias"), 3 * d)?.Slice(0, Part(1), h),
            WeightKind.b_V => parts.TryView(Layer($"{Attention}.query_key_value.bias"), 3 * d)?.Slice(0, Part(2), h),
            WeightKind.W_O => parts.View(Layer($"{Attention}.dense.weight"), d, d).Inputs(head.Head * h, h),
            WeightKind.b_O => parts.TryView(Layer($"{Attention}.dense.bias"), d),
            WeightKind.ln1_w => parts.View(Layer("input_layernorm.weight"), d),
            WeightKind.ln1_b => parts.View(Layer("input_layernorm.bias"), d),
            WeightKind.ln_final_w => parts.View(Full(parts, $"{Outer.FinalNorm}.weight"), d),
            WeightKind.ln_final_b => parts.View(Full(parts, $"{Outer.FinalNorm}.bias"), d),
            _ => null,
        };

        string Layer(string name) => InLayer(parts, Layers, head.Layer, name);
        long Part(int part) => ((head.Head * 3L) + part) * h;
    }
}
