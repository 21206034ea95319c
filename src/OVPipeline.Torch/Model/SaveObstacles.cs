using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What of a model TransformerLens' names and fields cannot say, so that it would load again as another one.</summary>
internal static class SaveObstacles
{
    private static readonly WeightKind[] s_withoutName =
        [WeightKind.b_E, WeightKind.W_head, WeightKind.b_gate, WeightKind.q_norm_b, WeightKind.k_norm_b];

    /// <summary>A clause each; none where it can be saved.</summary>
    public static IEnumerable<string> Of(ModelShape shape)
    {
        var config = shape.Config;
        var forward = shape.Forward;
        if (shape.FoldedValueGains)
            yield return "W_V and W_U hold the layer norm's gains, W_Q and W_K do not, and no file says so: load it without folding";
        if (config.PostNorm)
            yield return "the residual stream itself passes its norms";
        foreach (var kind in s_withoutName.Where(shape.Has))
            yield return $"there is no name for its {kind}";
        if (forward.Mlp?.Gated == true && shape.Has(WeightKind.b_in))
            yield return "its b_in stands before the gate, and is added after it there";
        if (shape.Has(WeightKind.ln_embed_w) && config.PositionalEmbedding == "standard")
            yield return "the norm after its embedding is of positions too";
        if (!IsFinalNormNamed(config))
            yield return $"its last norm is {config.FinalNormalization ?? "none"} behind {config.Normalization ?? "none"}";
        if (shape.Has(WeightKind.ln1_post_w) != shape.Has(WeightKind.ln2_post_w) && forward.Mlp is not null)
            yield return "a norm stands after one of attention and MLP alone";
        if (forward is not { EmbeddingFactor: 1, ResidualFactor: 1, LogitFactor: 1 })
            yield return "embeddings, what is written or logits are multiplied by a factor";
        if (forward.ProjectionLimit is not null)
            yield return "its queries, keys and values are clipped";
        if (config.PositionalEmbedding == "alibi" && (forward.RoundedAlibi || forward.AlibiMaximum != 8))
            yield return "its ALiBi is another";
        if (forward.Windows.Where(width => width > 0).Distinct().Count() > 1)
            yield return "its windows are of several widths";
        foreach (string clause in OfQueriesAndKeys(shape).Concat(OfRotary(shape)))
            yield return clause;
    }

    private static bool IsFinalNormNamed(TransformerConfig config) => config.FinalNormalization == config.Normalization
        || (config.Normalization, config.FinalNormalization) is ("LN", "RMS") or ("LNPre", "RMSPre");

    private static IEnumerable<string> OfQueriesAndKeys(ModelShape shape)
    {
        var forward = shape.Forward;
        if (shape.Config.AttentionScale is { } scale && Math.Sqrt(shape.Config.DHead) is var usual && scale != usual
            && Math.Abs(scale - usual) <= 1e-6 * usual)
            yield return "its scores are divided by nearly sqrt(d_head), which is taken for it";
        if (forward.QueryKeyNorm == QueryKeyNormKind.None)
            yield break;
        if (forward.QueryKeyNorm != QueryKeyNormKind.Head || forward.TurnsBeforeNorm || !shape.Has(WeightKind.q_norm_w)
            || shape.Config.Normalization is not ("RMS" or "RMSPre"))
            yield return "its norms of queries and keys are no RMS norms of each head before rotary positions";
    }

    private static IEnumerable<string> OfRotary(ModelShape shape)
    {
        if (shape.Config.PositionalEmbedding != "rotary")
            yield break;
        var rotary = shape.Forward.Rotary!;
        if (rotary.LayersWithout.Count > 0)
            yield return "some layers are without its rotary positions";
        if (rotary.Scaling is not { } scaling)
            yield break;
        bool windows = shape.Forward.Windows.Any(width => width > 0);
        if (scaling.Kind == RotaryScalingKind.LongRope || (scaling.Kind != RotaryScalingKind.Yarn && scaling.AttentionFactor is not null)
            || (scaling.Kind == RotaryScalingKind.Linear && rotary.LocalBase is null && windows))
            yield return $"its rotary frequencies are scaled in a way that has no field ({scaling.Kind})";
    }
}
