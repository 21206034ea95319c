using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>What a forward pass of a model in a GGUF file needs, by its tensors and its metadata.</summary>
internal static class GgufNeeds
{
    private const double UsualRotaryBase = 10_000; // llama.cpp, where a file leaves it out

    // Tensors of the first layer, or of none, that tell of something.
    private static readonly (string Tensor, ForwardFeature Feature)[] s_tensors =
    [
        ("blk.0.attn_q_norm.weight", ForwardFeature.QueryKeyNorm), ("token_embd_norm.weight", ForwardFeature.EmbeddingNorm),
        ("blk.0.attn_sinks.weight", ForwardFeature.AttentionSinks),
    ];

    /// <summary>They, in the order in which they are told.</summary>
    public static IEnumerable<ForwardNeed> Of(
        CheckpointParts parts, TransformerConfig config, GgufArchitecture family, GgufSizes sizes)
    {
        yield return Mlp(parts, config, sizes);
        if (GgufForward.Parallel(parts, family, sizes))
            yield return new(ForwardFeature.ParallelMlp);
        if (config.PositionalEmbedding == "alibi")
            yield return new(ForwardFeature.Alibi);
        if (config.PositionalEmbedding == "rotary")
        {
            yield return new(ForwardFeature.RotaryPositions) { Value = sizes.TrySize("rope.dimension_count") ?? config.DHead };
            yield return new(ForwardFeature.RotaryBase) { Value = sizes.Number("rope.freq_base") ?? UsualRotaryBase };
            var told = config.Forward?.Rotary;
            if ((told is null ? family.RotaryLocalBase : told.LocalBase) is { } local)
                yield return new(ForwardFeature.RotaryLocalBase) { Value = local };
            if (family.AdjacentPairs)
                yield return new(ForwardFeature.RotaryAdjacentPairs);
            string? scaling = sizes.Text("rope.scaling.type");
            if (told is null ? scaling is not (null or "none") : told.Scaling is not null)
                yield return new(ForwardFeature.RotaryScaling) { Kind = scaling };
            if (told?.LayersWithout.Count > 0)
                yield return new(ForwardFeature.LayersWithoutPositions) { Layers = told.LayersWithout.Count };
        }
        if (sizes.Groups(0) is var groups && groups != config.Heads)
            yield return new(ForwardFeature.GroupedQueries) { Value = groups };
        foreach ((string tensor, var feature) in s_tensors)
            if (parts.Tensors.Contains(tensor))
                yield return new(feature);
        if (!family.PostNorm && family.NormAfterAttention is { } norm && parts.Tensors.Contains(GgufBlocks.InLayer(0, $"{norm}.weight")))
            yield return new(ForwardFeature.NormAfterAttention);
        if (family.PostNorm)
            yield return new(ForwardFeature.ResidualThroughNorm);
    }

    private static ForwardNeed Mlp(CheckpointParts parts, TransformerConfig config, GgufSizes sizes)
    {
        if (sizes.Number("expert_count") is { } experts and > 0)
            return new(ForwardFeature.Experts) { Value = experts };
        bool gated = config.Forward?.Mlp?.Gated ?? parts.Tensors.Contains("blk.0.ffn_gate.weight");
        return new(gated ? ForwardFeature.GatedMlp : ForwardFeature.Mlp);
    }
}
