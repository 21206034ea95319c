namespace OVPipeline.Core;

/// <summary>
/// Rotary positions (Su et al. 2021): pairs of a query's and a key's dimensions are turned by position times a frequency.
/// </summary>
public sealed record RotaryConfig
{
    /// <summary>How many of a head's dimensions are turned, the first ones; even.</summary>
    public required int Dimensions { get; init; }

    /// <summary>b of the frequencies b^(-2 i / dimensions). Default: 10,000.</summary>
    public double Base { get; init; } = 10_000;

    /// <summary>Whether neighbouring dimensions are a pair (0 and 1, 2 and 3), not i and i + dimensions / 2. Default: false.</summary>
    public bool AdjacentPairs { get; init; }

    /// <summary>Base on layers whose attention has a window, without scaling; null for the same as on the others.</summary>
    public double? LocalBase { get; init; }

    /// <summary>Layers whose queries and keys are not turned, by number. Empty, the default, for none.</summary>
    public ValueList<int> LayersWithout { get; init; } = [];

    /// <summary>How frequencies are changed for longer contexts; null for not at all.</summary>
    public RotaryScaling? Scaling { get; init; }
}

/// <summary>A change of rotary frequencies for longer contexts, by the names of Hugging Face's <c>rope_scaling</c>.</summary>
public sealed record RotaryScaling
{
    /// <summary>How.</summary>
    public required RotaryScalingKind Kind { get; init; }

    /// <summary>By how much the context is lengthened (factor). Default: 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Context of the model before (original_max_position_embeddings).</summary>
    public int OriginalContext { get; init; }

    /// <summary>Of Llama 3: wave lengths above original context / this are stretched wholly. Default: 1.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Of Llama 3: wave lengths below original context / this are left. Default: 4.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>Of YaRN: turns within the original context above which a frequency is left. Default: 32.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Of YaRN: turns below which it is stretched wholly. Default: 1.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>What sines and cosines are multiplied by; null for what the kind has by itself.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Of LongRoPE: what each frequency is divided by within the original context.</summary>
    public ValueList<double> ShortFactors { get; init; } = [];

    /// <summary>Of LongRoPE: what each frequency is divided by beyond it.</summary>
    public ValueList<double> LongFactors { get; init; } = [];
}

/// <summary>Kinds of <see cref="RotaryScaling"/>.</summary>
public enum RotaryScalingKind
{
    /// <summary>All frequencies are divided by the factor.</summary>
    Linear,

    /// <summary>Low frequencies are, high ones are not, those between by degrees (Llama 3.1).</summary>
    Llama3,

    /// <summary>The same by turns within the context, and scores are sharpened (Peng et al. 2023).</summary>
    Yarn,

    /// <summary>Each frequency has a factor of its own (Phi 3).</summary>
    LongRope,
}
