using OVPipeline.Core;

namespace OVPipeline;

/// <summary>What the figures of a head atlas leave out or stand for.</summary>
internal static class AtlasNotes
{
    private static readonly WeightKind[] s_biases =
        [WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V, WeightKind.b_O, WeightKind.b_U];

    public static IEnumerable<string> Of(TransformerWeights weights, HeadAtlasOptions options, int pairs, int names)
    {
        var config = weights.Config;
        yield return weights.Processing.Count == 0 ? "Weights are the stored ones." : $"Weights: {string.Join("; ", weights.Processing)}.";
        yield return "Every figure is a census of the weights, so none has an interval; the highest of many is exploratory.";
        if (config.NoCopying is { } noCopying)
            yield return $"{noCopying} So top1, suppression, d', copying scores and tokens copied are empty.";
        else
            yield return names == 0
                ? "Name copy scores are empty: no first name that is looked for is known to be one token."
                : $"Name copy scores are over {names} first names of one token each.";
        if (OfNormalization(weights) is { } note)
            yield return note;
        WeightKind[] biases = [.. s_biases.Where(weights.Has)];
        if (biases.Length > 0)
            yield return $"Biases are left out: {string.Join(", ", biases)}.";
        if (config.Layers == 1)
            yield return "The model has one layer: there is no composition.";
        if (options.Compositions && options.VirtualHeads < pairs)
            yield return $"Of {pairs} pairs of heads the {options.VirtualHeads} of highest V-composition are scored as virtual heads.";
        if (!weights.HasQK)
        {
            yield return "The model has no W_Q and W_K: no QK circuits, no Q- and K-composition, no positional patterns.";
            yield break;
        }
        yield return OfPositions(weights, options);
        if (options.Compositions && options.KCompositions < pairs)
            yield return $"Of {pairs} pairs of heads the {options.KCompositions} of highest K-composition are scored as token circuits.";
    }

    private static string OfPositions(TransformerWeights weights, HeadAtlasOptions options)
    {
        var config = weights.Config;
        return config.PositionalEmbedding switch
        {
            "rotary" => "Positions are rotary and are left out of QK circuits, which so hold for a key at the query's own position; "
                + "there are no positional patterns.",
            "alibi" => "The alibi slopes are left out of QK circuits; there are no positional patterns.",
            _ when !weights.Has(WeightKind.W_pos) =>
                $"The model has no W_pos (positions: {config.PositionalEmbedding}): no positional patterns, and QK circuits are of "
                + "tokens alone.",
            _ when options.Positions < config.Context =>
                $"QK circuits are of tokens alone; positional patterns of positions alone, the first {options.Positions} of "
                + $"{config.Context}.",
            _ => "QK circuits are of tokens alone, positional patterns of positions alone.",
        };
    }

    private static string? OfNormalization(TransformerWeights weights)
    {
        string? kind = weights.Config.Normalization;
        if (kind == TransformerConfig.UnknownNormalization)
            return "What norm stands between these weights is not said: the file holds no gains, and no config.json tells the kind.";
        if (weights.NormScales is { } scales)
            return $"In OV circuits the norms ({kind}) are held, at {scales.Source}; QK circuits leave them out.";
        if (weights.ReadsGains(WeightKind.W_V) || weights.ReadsGains(WeightKind.W_U))
            return $"The normalization ({kind}) is not folded in: gains are left out.";
        if (weights.ReadsGains(WeightKind.W_Q))
            return $"The normalization ({kind}) is not folded into W_Q and W_K: their gains are left out.";
        return kind is null ? null : $"The division by the norm of the residual stream ({kind}) is left out.";
    }
}
