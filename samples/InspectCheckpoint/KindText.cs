using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Samples.InspectCheckpoint;

/// <summary>What kind of model it is, in words.</summary>
internal static class KindText
{
    /// <summary>What stands before attention and unembedding.</summary>
    public static string Normalization(TransformerConfig config)
    {
        if (config.Normalization == TransformerConfig.UnknownNormalization)
            return "not said: the file holds no gains, and no config.json tells the kind";
        string kind = config.Normalization ?? "none", final = config.FinalNormalization ?? "none";
        string text = kind == final ? kind : $"{kind}, before the unembedding {final}";
        return config.OtherNorm is { } other ? $"{text}; {other}" : text;
    }

    /// <summary>How positions enter.</summary>
    public static string Positions(TransformerConfig config) =>
        config.PositionalEmbedding == "unknown" ? "not said" : config.PositionalEmbedding;

    /// <summary>Which positions attention sees, and what its scores are divided by; null where both are as usual.</summary>
    public static string? Attention(TransformerConfig config)
    {
        if (config is { Bidirectional: false, AttentionScale: null, ScaleByInverseLayer: false })
            return null;
        string scale = config.AttentionScale is { } own ? own.ToString("0.####", CultureInfo.InvariantCulture) : "sqrt(d_head)";
        string layers = config.ScaleByInverseLayer ? " times the layer's number" : "";
        return $"{(config.Bidirectional ? "bidirectional" : "causal")}, scores divided by {scale}{layers}";
    }
}
