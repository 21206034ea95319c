using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What keeps a model from being run here.</summary>
internal static class ForwardObstacles
{
    /// <summary>Every reason, a clause each; none where the model can be run.</summary>
    public static string[] Of(TransformerWeights weights)
    {
        var config = weights.Config;
        string?[] reasons =
        [
            ReferenceEquals(weights, weights.Model) ? null
                : "its norms are folded into weights for circuits (TransformerWeights.Model has the model's own)",
            OfNormalization(config.Normalization, "normalization"),
            config.FinalNormalization == config.Normalization ? null
                : OfNormalization(config.FinalNormalization, "normalization before its unembedding"),
            OfPositions(config),
            .. NeedObstacles.Of(weights),
            .. ConfigurationObstacles.Of(config),
            .. MissingWeights.Of(weights),
            config.NotRun is null ? null : $"it has what is not covered: {config.NotRun}",
        ];
        return [.. reasons.OfType<string>()];
    }

    /// <exception cref="CheckpointException">The model cannot be run here; the message says why.</exception>
    public static void RequireNone(TransformerWeights weights)
    {
        if (Of(weights) is { Length: > 0 } reasons)
            throw new CheckpointException(weights.Config.Name, null, $"has no forward pass here: {string.Join("; ", reasons)}.");
    }

    private static string? OfNormalization(string? kind, string which)
    {
        if (kind == TransformerConfig.UnknownNormalization)
            return "the file holds no gains, and normalization_type in config.json does not say what stands before attention " +
                "(null, or LNPre for a layer norm whose gains were folded)";
        return kind is null or "LN" or "LNPre" or "RMS" or "RMSPre" ? null : $"its {which} is {kind}, not LN, LNPre, RMS, RMSPre or none";
    }

    private static string? OfPositions(TransformerConfig config) => config.PositionalEmbedding switch
    {
        "shortformer" or "standard" or "rotary" or "alibi" or "none" => null,
        "unknown" => "positional_embedding_type in config.json does not say how positions are added (shortformer or standard)",
        "relative_positional_bias" => null, // told among its needs
        var other => $"its positions are {other}, not shortformer, standard, rotary, alibi or none",
    };
}
