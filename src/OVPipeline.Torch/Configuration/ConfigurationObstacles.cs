using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What in a configuration cannot be: a forward pass of it would be of no model.</summary>
internal static class ConfigurationObstacles
{
    /// <summary>A clause each.</summary>
    public static IEnumerable<string> Of(TransformerConfig config)
    {
        var forward = config.Forward ?? new();
        if (forward.KeyValueHeads is { } groups && (groups < 1 || config.Heads % groups != 0))
            yield return $"its {config.Heads} heads cannot share {groups} heads of keys and values";
        if (forward.Windows.Count > 0 && forward.Windows.Count != config.Layers)
            yield return $"it has windows of {forward.Windows.Count} layers, and {config.Layers} layers";
        if (forward.Windows.Any(window => window < 0))
            yield return $"its windows are {forward.Windows}";
        if (config.Bidirectional && forward.Windows.Any(window => window > 0))
            yield return "its attention is in both directions and has windows, of which nothing says on which side they lie";
        if (forward.Mlp is { } mlp && (mlp.Width < 1 || !Enum.IsDefined(mlp.Activation)))
            yield return $"its MLPs have {mlp.Width} neurons of activation {mlp.Activation}";
        bool turns = config.PositionalEmbedding == "rotary";
        if (turns && forward.Rotary is null && !config.ForwardNeeds.Contains(ForwardFeature.RotaryPositions))
            yield return "it has rotary positions, and its layout does not tell their base";
        if (!turns && forward.Rotary is not null)
            yield return $"its positions are {config.PositionalEmbedding} and rotary";
        if (turns && forward.Rotary is { } rotary && OfRotary(rotary, config) is { } reason)
            yield return reason;
        foreach (var (name, value) in Positive(config, forward))
            if (value is { } number && (!double.IsFinite(number) || number <= 0))
                yield return FormattableString.Invariant($"its {name} is {number}");
        if (!double.IsFinite(forward.EmbeddingFactor) || !double.IsFinite(forward.ResidualFactor) || !double.IsFinite(forward.LogitFactor))
            yield return "one of its factors is no number";
    }

    private static string? OfRotary(RotaryConfig rotary, TransformerConfig config)
    {
        if (rotary.Dimensions < 2 || rotary.Dimensions % 2 != 0 || rotary.Dimensions > config.DHead)
            return $"its rotary positions turn {rotary.Dimensions} of {config.DHead} dimensions";
        if (rotary.Scaling is not { } scaling)
            return null;
        if (scaling.Kind != RotaryScalingKind.LongRope && (!double.IsFinite(scaling.Factor) || scaling.Factor <= 0))
            return FormattableString.Invariant($"its rotary frequencies are scaled by {scaling.Factor}");
        if (scaling.Kind != RotaryScalingKind.Linear && scaling.OriginalContext < 1)
            return "its rotary frequencies are scaled, and nothing says from what context (original_max_position_embeddings)";
        int pairs = rotary.Dimensions / 2;
        bool unfit = scaling.Kind == RotaryScalingKind.LongRope
            && (scaling.ShortFactors.Count != pairs || scaling.LongFactors.Count != pairs);
        return unfit
            ? $"its rotary frequencies have {scaling.ShortFactors.Count} short and {scaling.LongFactors.Count} long factors, not {pairs}"
            : null;
    }

    private static IEnumerable<(string Name, double? Value)> Positive(TransformerConfig config, ForwardConfig forward) =>
    [
        ("norm's eps", config.NormEpsilon), ("attention scale", config.AttentionScale), ("cap of scores", forward.ScoreCap),
        ("cap of logits", forward.LogitCap), ("limit of queries, keys and values", forward.ProjectionLimit),
        ("rotary base", forward.Rotary?.Base), ("rotary base of layers with a window", forward.Rotary?.LocalBase),
        ("ALiBi maximum", forward.AlibiMaximum),
    ];
}
