using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What keeps a model from being run here.</summary>
internal static class ForwardObstacles
{
    private static readonly WeightKind[] s_layerGains = [WeightKind.ln1_w, WeightKind.ln1_b],
        s_finalGains = [WeightKind.ln_final_w, WeightKind.ln_final_b];

    /// <summary>Every reason, a clause each; none where the model can be run.</summary>
    public static string[] Of(TransformerWeights weights)
    {
        var config = weights.Config;
        string?[] reasons =
        [
            ReferenceEquals(weights, weights.Model) ? null
                : "its norms are folded into weights for circuits (TransformerWeights.Model has the model's own)",
            config.AttentionOnly ? null : "it has MLPs",
            OfNormalization(config),
            config.PostNorm ? "its residual stream itself passes the norms" : null,
            OfPositions(config),
            weights.Has(WeightKind.W_pos) && config.Context > 0 ? null : "pos_embed.W_pos is missing",
            OfGains(weights),
            config.NotRun is null ? null : $"it has what is not covered: {config.NotRun}",
        ];
        return [.. reasons.OfType<string>()];
    }

    private static string? OfNormalization(TransformerConfig config)
    {
        if (config.Normalization == TransformerConfig.UnknownNormalization)
            return "the file holds no gains, and normalization_type in config.json does not say what stands before attention " +
                "(null, or LNPre for a layer norm whose gains were folded)";
        if (config.Normalization is not (null or "LN" or "LNPre"))
            return $"its normalization is {config.Normalization}, not LN, LNPre or none";
        if (config.FinalNormalization == config.Normalization)
            return null;
        string final = config.FinalNormalization ?? "none";
        return $"the normalization before its unembedding is {final}, not {config.Normalization ?? "none"} (final_rms)";
    }

    private static string? OfPositions(TransformerConfig config) => config.PositionalEmbedding switch
    {
        "shortformer" or "standard" => null,
        "unknown" => "positional_embedding_type in config.json does not say how positions are added (shortformer or standard)",
        var other => $"its positions are {other}, not shortformer or standard",
    };

    // A layer norm with gains has all four, or W_V and W_U hold theirs already.
    private static string? OfGains(TransformerWeights weights)
    {
        if (weights.Config.Normalization != "LN")
            return null;
        bool folded = weights.Has(WeightKind.ln1_w) && !weights.ReadsGains(WeightKind.W_V);
        WeightKind[] needed = folded ? s_layerGains : [.. s_layerGains, .. s_finalGains];
        WeightKind[] missing = [.. needed.Where(kind => !weights.Has(kind))];
        return missing.Length == 0 ? null
            : $"of its layer norms' weights {string.Join(", ", missing)} are missing (normalization_type LNPre says that they were folded)";
    }
}
