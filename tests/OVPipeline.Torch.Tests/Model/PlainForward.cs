using OVPipeline.Core;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// The forward pass of an attention-only transformer for one sequence, in double precision and loops: what the module is held to. It shares
/// nothing with the module but the weights.
/// </summary>
internal sealed class PlainForward(TransformerConfig config, TransformerWeights weights)
{
    /// <summary>Dense maps [d_model, d_model] that heads write through instead of W_V W_O.</summary>
    public Dictionary<HeadIndex, double[,]> Maps { get; } = [];

    /// <summary>Heads that use another head's pattern.</summary>
    public Dictionary<HeadIndex, HeadIndex> PatternOf { get; } = [];

    /// <summary>What heads write instead, by position [T][d_model].</summary>
    public Dictionary<HeadIndex, double[][]> Writes { get; } = [];

    public double[][] Residual { get; private set; } = [];

    public double[][] Logits { get; private set; } = [];

    public double[][] Embedded { get; private set; } = [];

    /// <summary>Query, key.</summary>
    public Dictionary<HeadIndex, double[,]> Patterns { get; } = [];

    public Dictionary<HeadIndex, double[][]> Outputs { get; } = [];

    public PlainForward Run(int[] tokens)
    {
        int length = tokens.Length, d = config.DModel;
        Matrix embedding = weights.W_E, positions = weights.Read(WeightKind.W_pos);
        bool standard = config.PositionalEmbedding == "standard";
        Embedded = Rows(length, (t, i) => embedding[tokens[t], i] + (standard ? positions[t, i] : 0));
        var residual = Rows(length, (t, i) => Embedded[t][i]);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            var first = new HeadIndex(layer, 0);
            var input = residual.Select(row => Normalized(row, WeightKind.W_V, first)).ToArray();
            var normalized = residual.Select(row => Normalized(row, WeightKind.W_Q, first)).ToArray();
            var attending = Rows(length, (t, i) => normalized[t][i] + (standard ? 0 : positions[t, i]));
            var heads = Enumerable.Range(0, config.Heads).Select(head => new HeadIndex(layer, head)).ToArray();
            foreach (var head in heads)
                Patterns[head] = Pattern(head, attending);
            foreach (var head in heads)
                Outputs[head] = Writes.GetValueOrDefault(head) ?? Output(head, input, Patterns[PatternOf.GetValueOrDefault(head, head)]);
            for (int t = 0; t < length; t++)
                for (int i = 0; i < d; i++)
                    residual[t][i] += heads.Sum(head => Outputs[head][t][i]) + Bias(WeightKind.b_O, first, i);
        }
        Residual = [.. residual.Select(row => Normalized(row, WeightKind.W_U, default))];
        var unembedding = weights.W_U;
        Logits = [.. Residual.Select(row => Enumerable.Range(0, config.OutputVocabulary)
            .Select(token => Enumerable.Range(0, d).Sum(i => row[i] * unembedding[i, token]) + Bias(WeightKind.b_U, default, token))
            .ToArray())];
        return this;
    }

    private double[][] Rows(int length, Func<int, int, double> value) =>
        [.. Enumerable.Range(0, length).Select(t => Enumerable.Range(0, config.DModel).Select(i => value(t, i)).ToArray())];

    private double[] Normalized(double[] row, WeightKind reader, HeadIndex head)
    {
        if (config.Normalization is null)
            return row;
        double mean = row.Average(), deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + config.NormEpsilon);
        var (gain, bias) = reader == WeightKind.W_U ? (WeightKind.ln_final_w, WeightKind.ln_final_b) : (WeightKind.ln1_w, WeightKind.ln1_b);
        bool weighted = config.Normalization == "LN" && weights.ReadsGains(reader);
        return [.. row.Select((value, i) => (value - mean) / deviation * (weighted ? weights.Read(gain, head)[0, i] : 1)
            + (weighted ? weights.Read(bias, head)[0, i] : 0))];
    }

    private double[,] Pattern(HeadIndex head, double[][] input)
    {
        double[][] q = Project(input, weights.W_Q(head), WeightKind.b_Q, head), k = Project(input, weights.W_K(head), WeightKind.b_K, head);
        var pattern = new double[input.Length, input.Length];
        for (int t = 0; t < input.Length; t++)
        {
            int seen = config.Bidirectional ? input.Length : t + 1;
            double scale = (config.AttentionScale ?? Math.Sqrt(config.DHead)) * (config.ScaleByInverseLayer ? head.Layer + 1 : 1);
            double[] scores = [.. Enumerable.Range(0, seen).Select(s => q[t].Zip(k[s]).Sum(pair => pair.First * pair.Second) / scale)];
            double most = scores.Max(), sum = scores.Sum(score => Math.Exp(score - most));
            for (int s = 0; s < seen; s++)
                pattern[t, s] = Math.Exp(scores[s] - most) / sum;
        }
        return pattern;
    }

    private double[][] Output(HeadIndex head, double[][] input, double[,] pattern)
    {
        double[][] written;
        double[][] values = Project(input, weights.W_V(head), WeightKind.b_V, head);
        if (Maps.GetValueOrDefault(head) is { } map)
        {
            written = Rows(input.Length, (t, j) => Enumerable.Range(0, config.DModel).Sum(i => input[t][i] * map[i, j]));
            if (weights.Has(WeightKind.b_V)) // the circuit is W_V W_O; the constant that b_V writes stays
                foreach (double[] row in written)
                    for (int j = 0; j < config.DModel; j++)
                        row[j] += Enumerable.Range(0, config.DValue)
                            .Sum(k => weights.Read(WeightKind.b_V, head)[0, k] * weights.W_O(head)[k, j]);
        }
        else
        {
            var output = weights.W_O(head);
            written = Rows(input.Length, (t, j) => Enumerable.Range(0, config.DValue).Sum(k => values[t][k] * output[k, j]));
        }
        return Rows(input.Length, (t, j) => Enumerable.Range(0, input.Length).Sum(s => pattern[t, s] * written[s][j]));
    }

    private double[][] Project(double[][] input, Matrix map, WeightKind bias, HeadIndex head) =>
        [.. input.Select(row => Enumerable.Range(0, map.Columns)
            .Select(column => Enumerable.Range(0, map.Rows).Sum(i => row[i] * map[i, column]) + Bias(bias, head, column)).ToArray())];

    private double Bias(WeightKind kind, HeadIndex head, int column) => weights.Has(kind) ? weights.Read(kind, head)[0, column] : 0;
}
