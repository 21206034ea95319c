using System.Numerics;

namespace OVPipeline.Core.Tests;

/// <summary>What a scoring must find, from logits in exact rational arithmetic and whole sorts.</summary>
internal sealed class ExactTwin
{
    private readonly BigInteger[] _logits; // in units of 2^(2 SmallestExponent)
    private const int SmallestExponent = -149;

    public ExactTwin(ReadOnlySpan<float> row, Matrix g)
    {
        _logits = new BigInteger[g.Columns];
        for (int k = 0; k < row.Length; k++)
        {
            var h = Exact(row[k]);
            for (int j = 0; j < g.Columns; j++)
                _logits[j] += h * Exact(g[k, j]);
        }
        Order = [.. Enumerable.Range(0, g.Columns).OrderByDescending(j => _logits[j]).ThenBy(j => j)];
        Logits = [.. _logits.Select(Rounded)];

        static double Rounded(BigInteger logit)
        {
            int over = Math.Max(0, (int)logit.GetBitLength() - 900); // what a double cannot hold
            return Math.ScaleB((double)(logit >> over), 2 * SmallestExponent + over);
        }
    }

    /// <summary>All tokens, best first.</summary>
    public int[] Order { get; }

    /// <summary>The logits, rounded to double.</summary>
    public double[] Logits { get; }

    public int RankOf(int label) => Array.IndexOf(Order, label) + 1;

    public double LogLoss(int label, double beta)
    {
        double shift = Logits.Max(), sum = 0, label0 = Logits[label];
        if (label0 == shift && Logits.Count(l => l == shift) == 1)
        {
            for (int j = 0; j < Logits.Length; j++)
                sum += j == label ? 0 : Math.Exp(beta * (Logits[j] - shift));
            return sum < 1e-5 ? sum - sum * sum / 2 : Math.Log(1 + sum);
        }
        return Math.Log(Logits.Sum(l => Math.Exp(beta * (l - shift)))) + beta * (shift - label0);
    }

    public double[] Probabilities(double beta)
    {
        double shift = Logits.Max(), sum = Logits.Sum(l => Math.Exp(beta * (l - shift)));
        return [.. Logits.Select(l => Math.Exp(beta * (l - shift)) / sum)];
    }

    private static BigInteger Exact(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value), exponent = (bits >> 23) & 0xFF, fraction = bits & 0x7FFFFF;
        var magnitude = exponent == 0 ? fraction : (BigInteger)(fraction | 0x800000) << (exponent - 1);
        return bits < 0 ? -magnitude : magnitude;
    }
}
