using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What a model's forward pass has to do that is not done here, or of which its layout does not tell enough.</summary>
internal static class NeedObstacles
{
    /// <summary>A clause each.</summary>
    public static IEnumerable<string> Of(TransformerWeights weights)
    {
        var config = weights.Config;
        if (config.PositionalEmbedding == "relative_positional_bias" && !config.ForwardNeeds.Contains(ForwardFeature.RelativePositions))
            yield return "it needs relative positions, which are not run here";
        ForwardNeed[] never = [.. config.ForwardNeeds.Where(need => IsNever(need.Feature))];
        if (never.Length > 0)
            yield return $"it needs {string.Join(", ", never.AsEnumerable())}, which is not run here";
        var untold = config.ForwardNeeds.Where(need => !IsNever(need.Feature) && !IsTold(need, weights))
            .Select(need => need.ToString()).ToList();
        bool hasMlp = config.Forward?.Mlp is not null;
        if (!config.AttentionOnly && !hasMlp && untold.Count == 0 && never.Length == 0)
            untold.Add("MLPs");
        if (untold.Count > 0)
            yield return $"it has {string.Join(", ", untold)}, and its layout does not tell how they are computed";
        if (config.AttentionOnly && hasMlp)
            yield return "it is said to be attention-only and to have MLPs";
    }

    private static bool IsNever(ForwardFeature feature) => feature is ForwardFeature.Experts or ForwardFeature.RelativePositions
        or ForwardFeature.SinusoidalPositions or ForwardFeature.AttentionSinks or ForwardFeature.CrossAttention or ForwardFeature.Other;

    // Whether the configuration says how it is done.
    private static bool IsTold(ForwardNeed need, TransformerWeights weights)
    {
        var config = weights.Config;
        if (need.Feature == ForwardFeature.ResidualThroughNorm)
            return config.PostNorm;
        if (need.Feature == ForwardFeature.ScoreFactor)
            return config.AttentionScale is not null || config.ScaleByInverseLayer;
        if (config.Forward is not { } forward)
            return false;
        return need.Feature switch
        {
            ForwardFeature.Mlp => forward.Mlp is { Gated: false },
            ForwardFeature.GatedMlp => forward.Mlp is { Gated: true },
            ForwardFeature.ParallelMlp => forward.ParallelMlp,
            ForwardFeature.Alibi => config.PositionalEmbedding == "alibi",
            ForwardFeature.GroupedQueries => forward.KeyValueHeads is not null,
            ForwardFeature.SlidingWindow => forward.Windows.Any(window => window > 0),
            ForwardFeature.QueryKeyNorm => forward.QueryKeyNorm != QueryKeyNormKind.None,
            ForwardFeature.EmbeddingNorm => weights.Has(WeightKind.ln_embed_w),
            ForwardFeature.NormAfterAttention => weights.Has(WeightKind.ln1_post_w) || weights.Has(WeightKind.ln2_post_w),
            ForwardFeature.ScoreCap => forward.ScoreCap is not null,
            ForwardFeature.LogitFactor => forward.LogitFactor != 1,
            ForwardFeature.LogitCap => forward.LogitCap is not null,
            ForwardFeature.EmbeddingFactor => true, // in the factor, or in W_E as the layout gives it
            ForwardFeature.ResidualFactor => forward.ResidualFactor != 1,
            ForwardFeature.ClippedProjections => forward.ProjectionLimit is not null,
            _ => config.PositionalEmbedding == "rotary" && IsRotaryTold(need, forward.Rotary),
        };
    }

    private static bool IsRotaryTold(ForwardNeed need, RotaryConfig? rotary) => rotary is not null && need.Feature switch
    {
        ForwardFeature.RotaryPositions or ForwardFeature.RotaryBase => true,
        ForwardFeature.RotaryLocalBase => rotary.LocalBase is not null,
        ForwardFeature.RotaryAdjacentPairs => rotary.AdjacentPairs,
        // Dynamic scaling begins where the positions of the model end.
        ForwardFeature.RotaryScaling => rotary.Scaling is not null || need.Kind == "dynamic",
        ForwardFeature.LayersWithoutPositions => rotary.LayersWithout.Count > 0,
        _ => false,
    };
}
