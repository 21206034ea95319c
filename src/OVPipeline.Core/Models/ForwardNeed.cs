using System.Globalization;

namespace OVPipeline.Core;

/// <summary>One thing that a forward pass of a model has to do.</summary>
/// <param name="Feature">What it is.</param>
public sealed record ForwardNeed(ForwardFeature Feature)
{
    /// <summary>The number that goes with it, as <see cref="ForwardFeature"/> says; null where there is none.</summary>
    public double? Value { get; init; }

    /// <summary>The kind within it, in the configuration's words; null where there is none.</summary>
    public string? Kind { get; init; }

    /// <summary>In how many of the layers; null for all of them.</summary>
    public int? Layers { get; init; }

    /// <summary>It in words, such as <c>rotary positions on 16 dimensions</c>.</summary>
    public override string ToString()
    {
        string number = Value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";
        string text = Feature switch
        {
            ForwardFeature.Mlp => "MLPs",
            ForwardFeature.GatedMlp => "gated MLPs",
            ForwardFeature.Experts => With("experts", ""),
            ForwardFeature.ParallelMlp => "attention and MLP in parallel",
            ForwardFeature.RotaryPositions => Value is null ? "rotary positions" : $"rotary positions on {number} dimensions",
            ForwardFeature.RotaryBase => With("rotary base", ""),
            ForwardFeature.RotaryLocalBase => With("rotary base of layers with a window", ""),
            ForwardFeature.RotaryAdjacentPairs => "rotary positions of adjacent pairs",
            ForwardFeature.RotaryScaling => "scaled rotary frequencies",
            ForwardFeature.LayersWithoutPositions => "layers without positions",
            ForwardFeature.Alibi => "ALiBi",
            ForwardFeature.RelativePositions => "relative positions",
            ForwardFeature.SinusoidalPositions => "sinusoidal positions",
            ForwardFeature.GroupedQueries => With("grouped queries over key-value heads:", ""),
            ForwardFeature.SlidingWindow => With("sliding window", "of "),
            ForwardFeature.QueryKeyNorm => "norms of queries and keys",
            ForwardFeature.EmbeddingNorm => "norm after the embedding",
            ForwardFeature.NormAfterAttention => "norm after attention",
            ForwardFeature.ResidualThroughNorm => "residual stream through the norms",
            ForwardFeature.ScoreFactor => With("factor of scores", ""),
            ForwardFeature.ScoreCap => With("soft cap of scores", ""),
            ForwardFeature.LogitFactor => With("factor of logits", ""),
            ForwardFeature.LogitCap => With("soft cap of logits", ""),
            ForwardFeature.EmbeddingFactor => With("factor of the embedding", ""),
            ForwardFeature.ResidualFactor => With("factor of what layers write", ""),
            ForwardFeature.ClippedProjections => With("queries, keys and values clipped", "at "),
            ForwardFeature.AttentionSinks => "attention sinks",
            ForwardFeature.CrossAttention => "cross attention",
            _ => "other",
        };
        string kind = Kind is null ? "" : $" ({Kind})";
        string layers = Layers switch
        {
            null => "",
            1 => " in 1 layer",
            _ => string.Create(CultureInfo.InvariantCulture, $" in {Layers} layers"),
        };
        return text + kind + layers;

        string With(string what, string between) => Value is null ? what.TrimEnd(':') : $"{what} {between}{number}";
    }
}
