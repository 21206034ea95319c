using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>Parts of <see cref="PlainTransformer"/>: patterns, rotary positions, norms over all heads, activations.</summary>
internal static class PlainAttention
{
    /// <summary>The pattern of a head, query by key.</summary>
    public static double[,] Pattern(TransformerConfig config, HeadIndex head, double[][] queries, double[][] keys)
    {
        var forward = config.Forward!;
        int length = queries.Length, window = forward.Windows.Count > 0 ? forward.Windows[head.Layer] : 0;
        double[,] pattern = new double[length, length];
        for (int t = 0; t < length; t++)
        {
            double[] scores = new double[length];
            for (int s = 0; s < length; s++)
            {
                double score = queries[t].Zip(keys[s]).Sum(pair => pair.First * pair.Second) / config.AttentionScaleOf(head.Layer);
                if (config.PositionalEmbedding == "alibi")
                    score -= Slope(config.Heads, head.Head, forward.AlibiMaximum) * (t - s);
                if (forward.ScoreCap is { } cap)
                    score = cap * Math.Tanh(score / cap);
                bool hidden = (s > t && !config.Bidirectional) || (window > 0 && s <= t - window);
                scores[s] = hidden ? double.NegativeInfinity : score;
            }
            double most = scores.Max(), sum = scores.Sum(score => Math.Exp(score - most));
            for (int s = 0; s < length; s++)
                pattern[t, s] = Math.Exp(scores[s] - most) / sum;
        }
        return pattern;
    }

    // Of a number that is no power of two: those of the power below, then every other one of the power above (Press et al. 2022).
    private static double Slope(int heads, int head, double maximum)
    {
        int below = 1 << (int)Math.Floor(Math.Log2(heads));
        return head < below
            ? Math.Pow(2, -maximum * (head + 1) / below)
            : Math.Pow(2, -maximum * (2 * (head - below) + 1) / (2 * below));
    }

    /// <summary>Rows of a head, turned by their positions.</summary>
    public static double[][] Turned(double[][] rows, RotaryConfig rotary, bool window)
    {
        bool local = window && rotary.LocalBase is not null;
        var scaling = local ? null : rotary.Scaling;
        double[] frequencies = Frequencies(rotary, local ? rotary.LocalBase!.Value : rotary.Base, scaling, rows.Length);
        double factor = Sharpening(scaling);
        return [.. rows.Select((row, position) => Turned(row, position, rotary, frequencies, factor))];
    }

    private static double[] Turned(double[] row, int position, RotaryConfig rotary, double[] frequencies, double factor)
    {
        double[] turned = [.. row];
        int half = rotary.Dimensions / 2;
        for (int i = 0; i < half; i++)
        {
            (int a, int b) = rotary.AdjacentPairs ? (2 * i, (2 * i) + 1) : (i, i + half);
            (double sin, double cos) = Math.SinCos(position * frequencies[i]);
            turned[a] = factor * ((row[a] * cos) - (row[b] * sin));
            turned[b] = factor * ((row[b] * cos) + (row[a] * sin));
        }
        return turned;
    }

    private static double[] Frequencies(RotaryConfig rotary, double @base, RotaryScaling? scaling, int length)
    {
        double[] plain = [.. Enumerable.Range(0, rotary.Dimensions / 2).Select(i => Math.Pow(@base, -2.0 * i / rotary.Dimensions))];
        return scaling?.Kind switch
        {
            null => plain,
            RotaryScalingKind.Linear => [.. plain.Select(frequency => frequency / scaling.Factor)],
            RotaryScalingKind.LongRope => [.. plain.Zip(length > scaling.OriginalContext ? scaling.LongFactors : scaling.ShortFactors,
                (frequency, by) => frequency / by)],
            RotaryScalingKind.Llama3 => [.. plain.Select(frequency => Llama3(frequency, scaling))],
            _ => [.. plain.Select((frequency, i) => Yarn(frequency, i, rotary.Dimensions, @base, scaling))],
        };
    }

    private static double Llama3(double frequency, RotaryScaling scaling)
    {
        double turns = scaling.OriginalContext * frequency / (2 * Math.PI);
        double kept = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        double share = Math.Clamp(kept, 0, 1);
        return (share * frequency) + ((1 - share) * frequency / scaling.Factor);
    }

    private static double Yarn(double frequency, int pair, int dimensions, double @base, RotaryScaling scaling)
    {
        double low = Math.Max(0, Math.Floor(Pair(scaling.BetaFast)));
        double high = Math.Min(dimensions - 1, Math.Ceiling(Pair(scaling.BetaSlow)));
        double ramp = Math.Clamp((pair - low) / (high == low ? 0.001 : high - low), 0, 1);
        return (frequency / scaling.Factor * ramp) + (frequency * (1 - ramp));

        double Pair(double turns) =>
            dimensions * Math.Log(scaling.OriginalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(@base));
    }

    private static double Sharpening(RotaryScaling? scaling)
    {
        if (scaling?.AttentionFactor is { } said)
            return said;
        return scaling?.Kind switch
        {
            RotaryScalingKind.Yarn => scaling.Factor <= 1 ? 1 : (0.1 * Math.Log(scaling.Factor)) + 1,
            RotaryScalingKind.LongRope when scaling.Factor > 1 =>
                Math.Sqrt(1 + (Math.Log(scaling.Factor) / Math.Log(scaling.OriginalContext))),
            _ => 1,
        };
    }

    /// <summary>RMS norms of all heads of a layer together, each group of keys once.</summary>
    public static double[][][] OverHeads(TransformerWeights weights, double[][][] rows, WeightKind gain, HeadIndex[] heads, int step)
    {
        int[] own = [.. Enumerable.Range(0, heads.Length).Where(head => head % step == 0)];
        return [.. rows.Select((of, head) => of.Select((row, t) =>
        {
            double square = own.SelectMany(each => rows[each][t]).Average(value => value * value);
            var gains = weights.Read(gain, heads[head]);
            return row.Select((value, i) => value / Math.Sqrt(square + weights.Config.NormEpsilon) * gains[0, i]).ToArray();
        }).ToArray())];
    }

    /// <summary>What a neuron passes.</summary>
    public static double Activated(double x, ActivationKind kind) => kind switch
    {
        ActivationKind.Gelu => x * Normal(x),
        ActivationKind.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        ActivationKind.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        ActivationKind.Relu => Math.Max(0, x),
        ActivationKind.SquaredRelu => Math.Max(0, x) * Math.Max(0, x),
        ActivationKind.Silu => x / (1 + Math.Exp(-x)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // The normal distribution by its series, which converges for every x; 200 terms are exact to 1e-15 for the few units met here.
    private static double Normal(double x)
    {
        if (Math.Abs(x) > 8)
            return x > 0 ? 1 : 0;
        double term = x, sum = x;
        for (int i = 1; i < 200; i++)
        {
            term *= x * x / ((2 * i) + 1);
            sum += term;
        }
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
