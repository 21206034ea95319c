using System.Numerics;
using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>Attention patterns of one layer on one sequence, in double precision.</summary>
internal sealed class PlainScores(TransformerConfig config, TransformerWeights weights, int layer, double[][] attending)
{
    private readonly ForwardConfig _forward = config.Forward ?? new();

    private int Window => _forward.Windows.Count == 0 ? 0 : _forward.Windows[layer];

    public double[,] Pattern(HeadIndex head)
    {
        int length = attending.Length;
        double[][] queries = Projected(head, WeightKind.W_Q), keys = Projected(head, WeightKind.W_K);
        var pattern = new double[length, length];
        for (int t = 0; t < length; t++)
        {
            int[] seen = [.. Enumerable.Range(0, length).Where(s => (config.Bidirectional || s <= t) && (Window == 0 || t - s < Window))];
            double[] scores = [.. seen.Select(s => Score(queries[t], keys[s]) + Alibi(head, t, s))];
            double sum = scores.Sum(score => Math.Exp(score - scores.Max()));
            foreach (var (s, score) in seen.Zip(scores))
                pattern[t, s] = Math.Exp(score - scores.Max()) / sum;
        }
        return pattern;
    }

    private double Score(double[] query, double[] key)
    {
        double scale = (config.AttentionScale ?? Math.Sqrt(config.DHead)) * (config.ScaleByInverseLayer ? layer + 1 : 1);
        double score = query.Zip(key, (a, b) => a * b).Sum() / scale;
        if (_forward.ScoreCap is { } cap)
            score = cap * Math.Tanh(score / cap);
        return score;
    }

    private double Alibi(HeadIndex head, int t, int s)
    {
        if (config.PositionalEmbedding != "alibi")
            return 0;
        double slope = Slopes(config.Heads)[head.Head];
        return _forward.RoundedAlibi
            ? Rounded(Rounded(slope) * Rounded(s)) / Math.Sqrt(config.DHead)
            : -slope * Math.Abs(t - s);
    }

    // To 8 binary digits, ties to even: bfloat16 of numbers of usual size.
    private static double Rounded(double value)
    {
        if (value == 0)
            return 0;
        double step = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(value))) - 7);
        return Math.Round(value / step, MidpointRounding.ToEven) * step;
    }

    // As BLOOM computes them: of a power of two in geometric progression, of others those of the next smaller and every other one of twice
    // it.
    private List<double> Slopes(int heads)
    {
        if (BitOperations.IsPow2(heads))
        {
            double first = Math.Pow(2, -_forward.AlibiMaximum / heads);
            return [.. Enumerable.Range(1, heads).Select(h => Math.Pow(first, h))];
        }
        int smaller = (int)Math.Pow(2, Math.Floor(Math.Log2(heads)));
        return [.. Slopes(smaller), .. Slopes(2 * smaller).Where((_, i) => i % 2 == 0).Take(heads - smaller)];
    }

    // Queries or keys of a head, [T][d_head].
    private double[][] Projected(HeadIndex head, WeightKind kind) =>
        [.. Enumerable.Range(0, attending.Length).Select(t => _forward.TurnsBeforeNorm
            ? Normalized(one => Turned(Raw(t, one, kind), t), head, kind)
            : Turned(Normalized(one => Raw(t, one, kind), head, kind), t))];

    // Of what each head has.
    private double[] Normalized(Func<HeadIndex, double[]> of, HeadIndex head, WeightKind kind)
    {
        var (gain, bias) = kind == WeightKind.W_Q
            ? (WeightKind.q_norm_w, WeightKind.q_norm_b)
            : (WeightKind.k_norm_w, WeightKind.k_norm_b);
        double[] own = of(head);
        if (_forward.QueryKeyNorm == QueryKeyNormKind.None)
            return own;
        var norms = new PlainNorms(config, weights);
        if (_forward.QueryKeyNorm == QueryKeyNormKind.Head)
            return norms.Of(own, gain, bias, head);
        // Over all heads that the layer has of them: those of keys once for each group.
        int group = kind == WeightKind.W_Q ? 1 : config.Heads / (_forward.KeyValueHeads ?? config.Heads);
        HeadIndex[] heads = [.. Enumerable.Range(0, config.Heads / group).Select(i => new HeadIndex(layer, i * group))];
        double[] all = [.. heads.SelectMany(of)];
        bool centred = (config.Normalization ?? config.FinalNormalization)!.StartsWith("LN", StringComparison.Ordinal);
        double[] normalized = PlainNorms.Plain(all, centred, config.NormEpsilon);
        int at = head.Head / group * config.DHead;
        return [.. normalized.Skip(at).Take(config.DHead)
            .Select((value, i) => (value * Entry(gain, head, i, 1)) + Entry(bias, head, i, 0))];
    }

    private double[] Raw(int t, HeadIndex head, WeightKind kind)
    {
        var map = weights.Read(kind, head);
        var bias = kind == WeightKind.W_Q ? WeightKind.b_Q : WeightKind.b_K;
        return [.. Enumerable.Range(0, config.DHead).Select(k =>
        {
            double value = Enumerable.Range(0, config.DModel).Sum(i => attending[t][i] * map[i, k]);
            value += Entry(bias, head, k, 0);
            return _forward.ProjectionLimit is { } limit ? Math.Clamp(value, -limit, limit) : value;
        })];
    }

    private double Entry(WeightKind kind, HeadIndex head, int i, double without) =>
        weights.Has(kind) ? weights.Read(kind, head)[0, i] : without;

    private double[] Turned(double[] vector, int position)
    {
        if (config.PositionalEmbedding != "rotary" || _forward.Rotary!.LayersWithout.Contains(layer))
            return vector;
        var rotary = _forward.Rotary;
        double[] turned = [.. vector];
        var (angles, factor) = PlainRotary.Of(rotary, config.Context, Window > 0, attending.Length);
        for (int pair = 0; pair < rotary.Dimensions / 2; pair++)
        {
            int x = rotary.AdjacentPairs ? 2 * pair : pair;
            int y = rotary.AdjacentPairs ? (2 * pair) + 1 : pair + (rotary.Dimensions / 2);
            var point = new Complex(vector[x], vector[y]) * Complex.FromPolarCoordinates(factor, position * angles[pair]);
            (turned[x], turned[y]) = (point.Real, point.Imaginary);
        }
        return turned;
    }
}
