using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Weights that a model's configuration needs and that are missing, or that it has and its configuration has no use for.</summary>
internal static class MissingWeights
{
    private static readonly WeightKind[] s_always =
        [WeightKind.W_E, WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.W_U];

    private static readonly (WeightKind Gain, WeightKind Bias)[] s_norms =
    [
        (WeightKind.ln1_w, WeightKind.ln1_b), (WeightKind.ln2_w, WeightKind.ln2_b), (WeightKind.ln_final_w, WeightKind.ln_final_b),
    ];

    private static readonly WeightKind[] s_otherNorms =
        [WeightKind.ln_embed_w, WeightKind.ln1_post_w, WeightKind.ln2_post_w, WeightKind.q_norm_w, WeightKind.k_norm_w];

    private static readonly WeightKind[] s_biasesOfNorms =
    [
        WeightKind.ln1_b, WeightKind.ln2_b, WeightKind.ln_final_b, WeightKind.ln_embed_b, WeightKind.ln1_post_b, WeightKind.ln2_post_b,
        WeightKind.q_norm_b, WeightKind.k_norm_b,
    ];

    /// <summary>A clause each.</summary>
    public static IEnumerable<string> Of(TransformerWeights weights)
    {
        var config = weights.Config;
        if (config.PositionalEmbedding is "standard" or "shortformer" && !(weights.Has(WeightKind.W_pos) && config.Context > 0))
            yield return "pos_embed.W_pos is missing";
        WeightKind[] missing = [.. s_always.Concat(OfMlp(weights)).Where(kind => !weights.Has(kind))];
        if (missing.Length > 0)
            yield return $"{string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing";
        WeightKind[] gains = [.. OfNorms(weights).Where(kind => !weights.Has(kind))];
        if (gains.Length > 0)
            yield return $"of its {(Centers(weights) ? "layer" : "RMS")} norms' weights {string.Join(", ", gains)} are missing "
                + $"(normalization_type {(Centers(weights) ? "LNPre" : "RMSPre")} says that they were folded)";
        foreach (string clause in Contradictions(weights))
            yield return clause;
    }

    private static WeightKind[] OfMlp(TransformerWeights weights) => weights.Config.Forward?.Mlp switch
    {
        null => [],
        { Gated: true } => [WeightKind.W_in, WeightKind.W_gate, WeightKind.W_out],
        _ => [WeightKind.W_in, WeightKind.W_out],
    };

    // A norm with gains has them in each of its places, and biases in all of them or in none; unless W_V and W_U hold theirs already.
    private static IEnumerable<WeightKind> OfNorms(TransformerWeights weights)
    {
        var config = weights.Config;
        bool folded = weights.Has(WeightKind.ln1_w) && !weights.ReadsGains(WeightKind.W_V);
        bool before = config is { PostNorm: false, Normalization: "LN" or "RMS" };
        bool mlp = before && !folded && config.Forward is { Mlp: not null, ParallelMlp: false };
        bool final = !folded && config.FinalNormalization is "LN" or "RMS";
        bool biases = s_norms.Any(norm => weights.Has(norm.Bias));
        foreach (var (gain, bias) in s_norms.Zip([before, mlp, final]).Where(pair => pair.Second).Select(pair => pair.First))
        {
            yield return gain;
            if (biases)
                yield return bias;
        }
        if (config.PostNorm)
            yield return WeightKind.ln1_post_w;
        if (config.PostNorm && config.Forward?.Mlp is not null)
            yield return WeightKind.ln2_post_w;
        bool ofQueries = config.Forward is { QueryKeyNorm: not QueryKeyNormKind.None } && KindOf(config) is "LN" or "RMS";
        foreach (var kind in ofQueries ? [WeightKind.q_norm_w, WeightKind.k_norm_w] : Array.Empty<WeightKind>())
            yield return kind;
    }

    private static IEnumerable<string> Contradictions(TransformerWeights weights)
    {
        var config = weights.Config;
        var forward = config.Forward ?? new();
        if (forward.Mlp is { Gated: false } && weights.Has(WeightKind.W_gate))
            yield return "it has W_gate, and its MLPs are said not to be gated";
        if (forward.Mlp is null && config.AttentionOnly && weights.Has(WeightKind.W_in))
            yield return "it has W_in, and is said to be attention-only";
        if (forward.QueryKeyNorm == QueryKeyNormKind.None && weights.Has(WeightKind.q_norm_w))
            yield return "it has norms of queries and keys (q_norm), and its layout does not tell what they are over";
        if (config is { PostNorm: true } or { Normalization: null } && (weights.Has(WeightKind.ln1_w) || weights.Has(WeightKind.ln2_w)))
            yield return "it has norms before attention or MLP (ln1, ln2), and is said to have none";
        if (KindOf(config) is null && s_otherNorms.FirstOrDefault(weights.Has) is var norm && weights.Has(norm) && norm != default)
            yield return $"it has {norm}, and nothing says of which kind its norms are";
        if (!Centers(weights) && s_biasesOfNorms.FirstOrDefault(weights.Has) is var bias && bias != default)
            yield return $"it has {bias}, and RMS norms have no biases";
        if (weights.Has(WeightKind.W_head) && forward.Mlp is null)
            yield return "it has W_head, and nothing says what activation it passes";
    }

    private static string? KindOf(TransformerConfig config) => config.Normalization ?? config.FinalNormalization;

    private static bool Centers(TransformerWeights weights) => KindOf(weights.Config) is "LN" or "LNPre";
}
