using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>Norms of one position's values, in double precision.</summary>
internal sealed class PlainNorms(TransformerConfig config, TransformerWeights weights)
{
    public double[] BeforeAttention(double[] row, HeadIndex layer, WeightKind reader) => config.PostNorm || config.Normalization is null
        ? row
        : Of(row, config.Normalization, WeightKind.ln1_w, WeightKind.ln1_b, layer, weights.ReadsGains(reader));

    public double[] BeforeMlp(double[] row, HeadIndex layer, ForwardConfig forward)
    {
        if (config.PostNorm || config.Normalization is null)
            return row;
        return forward.ParallelMlp && !weights.Has(WeightKind.ln2_w)
            ? BeforeAttention(row, layer, WeightKind.W_V)
            : Of(row, config.Normalization, WeightKind.ln2_w, WeightKind.ln2_b, layer, weights.Has(WeightKind.ln2_w));
    }

    public double[] Final(double[] row) => config.FinalNormalization is null
        ? row
        : Of(row, config.FinalNormalization, WeightKind.ln_final_w, WeightKind.ln_final_b, default, weights.ReadsGains(WeightKind.W_U));

    public double[] Of(double[] row, WeightKind gain, WeightKind bias, HeadIndex head) =>
        Of(row, (config.Normalization ?? config.FinalNormalization)!, gain, bias, head, weights.Has(gain));

    public double[] Of(double[] row, string kind, WeightKind gain, WeightKind bias, HeadIndex head, bool weighted)
    {
        double[] normalized = Plain(row, kind.StartsWith("LN", StringComparison.Ordinal), config.NormEpsilon);
        if (!weighted)
            return normalized;
        var gains = weights.Read(gain, head);
        return [.. normalized.Select((value, i) => (value * gains[0, i]) + (weights.Has(bias) ? weights.Read(bias, head)[0, i] : 0))];
    }

    public static double[] Plain(double[] row, bool centred, double epsilon)
    {
        double mean = centred ? row.Sum() / row.Length : 0;
        double spread = Math.Sqrt((row.Sum(value => Math.Pow(value - mean, 2)) / row.Length) + epsilon);
        return [.. row.Select(value => (value - mean) / spread)];
    }
}
