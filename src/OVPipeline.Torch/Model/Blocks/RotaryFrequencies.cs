using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>By how much rotary positions turn each pair of dimensions from a position to the next, in radians.</summary>
internal static class RotaryFrequencies
{
    /// <summary>The frequencies of a layer, [dimensions / 2], and what sines and cosines are multiplied by.</summary>
    /// <param name="rotary">The model's rotary positions.</param>
    /// <param name="context">Its longest context; 0 where that is not known.</param>
    /// <param name="local">Whether the layer's attention has a window.</param>
    /// <param name="length">Positions of the sequence.</param>
    public static (double[] Frequencies, double Factor) Of(RotaryConfig rotary, int context, bool local, long length)
    {
        bool own = local && rotary.LocalBase is not null;
        double theta = own ? rotary.LocalBase!.Value : rotary.Base;
        double[] plain = [.. Enumerable.Range(0, rotary.Dimensions / 2).Select(pair => Math.Pow(theta, -2.0 * pair / rotary.Dimensions))];
        if (own || rotary.Scaling is not { } scaling)
            return (plain, 1);
        return scaling.Kind switch
        {
            RotaryScalingKind.Linear => ([.. plain.Select(frequency => frequency / scaling.Factor)], scaling.AttentionFactor ?? 1),
            RotaryScalingKind.Llama3 => ([.. plain.Select(frequency => Llama3(frequency, scaling))], scaling.AttentionFactor ?? 1),
            RotaryScalingKind.Yarn => (Yarn(plain, theta, scaling), FactorOf(scaling)),
            RotaryScalingKind.LongRope => LongRope(plain, scaling, context, length),
            _ => throw new ArgumentOutOfRangeException(nameof(rotary), scaling.Kind, "This is no kind of scaling."),
        };
    }

    private static double Llama3(double frequency, RotaryScaling scaling)
    {
        double wave = 2 * Math.PI / frequency;
        double turns = scaling.OriginalContext / wave;
        if (turns < scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        if (turns > scaling.HighFrequencyFactor)
            return frequency;
        double kept = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }

    private static double[] Yarn(double[] plain, double theta, RotaryScaling scaling)
    {
        int dimensions = 2 * plain.Length;
        double first = Math.Max(0, Math.Floor(PairOf(scaling.BetaFast)));
        double last = Math.Min(dimensions - 1, Math.Ceiling(PairOf(scaling.BetaSlow)));
        double span = last == first ? 0.001 : last - first; // as published: no division by zero
        return [.. plain.Select((frequency, pair) =>
        {
            double stretched = Math.Clamp((pair - first) / span, 0, 1);
            return (frequency / scaling.Factor * stretched) + (frequency * (1 - stretched));
        })];

        // The pair, counted in fractions, that turns so many times within the original context.
        double PairOf(double turns) => dimensions * Math.Log(scaling.OriginalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    /// <summary>What YaRN multiplies sines and cosines by: what is said, or 0.1 ln s + 1 (Peng et al. 2023).</summary>
    public static double FactorOf(RotaryScaling scaling) =>
        scaling.AttentionFactor ?? (scaling.Factor <= 1 ? 1 : (0.1 * Math.Log(scaling.Factor)) + 1);

    private static (double[] Frequencies, double Factor) LongRope(double[] plain, RotaryScaling scaling, int context, long length)
    {
        var factors = length > scaling.OriginalContext ? scaling.LongFactors : scaling.ShortFactors;
        double longer = scaling.Factor > 1 ? scaling.Factor : (double)context / scaling.OriginalContext;
        double own = longer <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(longer) / Math.Log(scaling.OriginalContext)));
        return ([.. plain.Select((frequency, pair) => frequency / factors[pair])], scaling.AttentionFactor ?? own);
    }
}
