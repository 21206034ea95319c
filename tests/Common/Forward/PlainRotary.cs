using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>Rotary frequencies, written from what Hugging Face documents for each rope type.</summary>
internal static class PlainRotary
{
    public static (double[] Angles, double Factor) Of(RotaryConfig rotary, int context, bool local, int length)
    {
        int dimensions = rotary.Dimensions;
        bool own = local && rotary.LocalBase is not null;
        double theta = own ? rotary.LocalBase!.Value : rotary.Base;
        double[] angles = [.. Enumerable.Range(0, dimensions / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / dimensions))];
        if (own || rotary.Scaling is not { } scaling)
            return (angles, 1);
        double factor = 1;
        for (int i = 0; i < angles.Length; i++)
            switch (scaling.Kind)
            {
                case RotaryScalingKind.Linear:
                    angles[i] /= scaling.Factor;
                    break;
                case RotaryScalingKind.Llama3:
                    double length1 = 2 * Math.PI / angles[i];
                    double low = scaling.OriginalContext / scaling.LowFrequencyFactor;
                    double high = scaling.OriginalContext / scaling.HighFrequencyFactor;
                    double smooth = ((scaling.OriginalContext / length1) - scaling.LowFrequencyFactor)
                        / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
                    if (length1 > low)
                        angles[i] /= scaling.Factor;
                    else if (length1 >= high)
                        angles[i] = ((1 - smooth) * angles[i] / scaling.Factor) + (smooth * angles[i]);
                    break;
                case RotaryScalingKind.Yarn:
                    double begin = Math.Max(Math.Floor(Turns(scaling.BetaFast)), 0);
                    double end = Math.Min(Math.Ceiling(Turns(scaling.BetaSlow)), dimensions - 1);
                    double ramp = Math.Min(1, Math.Max(0, (i - begin) / (begin == end ? 0.001 : end - begin)));
                    angles[i] = (angles[i] / scaling.Factor * ramp) + (angles[i] * (1 - ramp));
                    factor = (0.1 * Math.Log(scaling.Factor)) + 1;
                    break;
                case RotaryScalingKind.LongRope:
                    angles[i] /= length <= scaling.OriginalContext ? scaling.ShortFactors[i] : scaling.LongFactors[i];
                    double longer = scaling.Factor > 1 ? scaling.Factor : (double)context / scaling.OriginalContext;
                    factor = Math.Sqrt(1 + (Math.Log(longer) / Math.Log(scaling.OriginalContext)));
                    break;
                default:
                    throw new NotSupportedException();
            }
        return (angles, scaling.AttentionFactor ?? factor);

        double Turns(double beta) => dimensions * Math.Log(scaling.OriginalContext / (beta * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
