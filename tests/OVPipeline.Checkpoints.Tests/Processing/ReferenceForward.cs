using OVPipeline.Core;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// A whole model of a kind over one sequence, in double precision and loops, as TransformerLens 3 computes it (transformer_block.py,
/// abstract_attention.py, layer_norm.py, rms_norm.py): positions of the shortformer kind are added to what Q and K read, after the norm.
/// Attention, MLPs, embedding and unembedding come from <paramref name="weights"/>; norms elsewhere, which are never processed, and MLPs of
/// whose activation nothing tells from <paramref name="stored"/>.
/// </summary>
internal sealed class ReferenceForward(ModelKind kind, TransformerWeights weights, IReadOnlyDictionary<string, SafetensorsTensor> stored)
{
    private const double Epsilon = 1e-5;

    /// <summary>Log-probabilities of the next token, [T][V].</summary>
    public double[][] Run(params int[] tokens)
    {
        var positions = kind.HasPositions ? weights.Read(WeightKind.W_pos) : null;
        double[][] residual = [.. tokens.Select((token, t) =>
            Plus(Embedded(token), kind.Positions == "standard" ? Row(i => positions![t, i]) : null))];
        for (int layer = 0; layer < weights.Config.Layers; layer++)
        {
            var first = new HeadIndex(layer, 0);
            double[][] attended = Attention(layer, residual, positions);
            double[][] written = [.. attended.Select(row => Plus(row, Bias(WeightKind.b_O, first)))];
            if (kind.NormAfterAttention)
                written = [.. written.Select(row => Stored($"blocks.{layer}.ln1_post", row, kind.Centers))];
            double[][] middle = Sum(residual, written);
            if (kind.Mlp == "none")
                residual = middle;
            else
                residual = Sum(middle, [.. (kind.Mlp == "parallel" ? residual : middle).Select(row => Mlp(layer, row))]);
        }
        return [.. residual.Select(row => LogSoftmax(Logits(row)))];
    }

    private double[][] Attention(int layer, double[][] residual, Matrix? positions)
    {
        double[][] output = [.. residual.Select(_ => new double[weights.Config.DModel])];
        foreach (var head in weights.Config.HeadsOf(layer))
        {
            double[][] q = Project(WeightKind.W_Q, WeightKind.b_Q), k = Project(WeightKind.W_K, WeightKind.b_K),
                v = Project(WeightKind.W_V, WeightKind.b_V);
            for (int query = 0; query < residual.Length; query++)
            {
                double[] pattern = Pattern(q[query], k, query, head.Head);
                for (int key = 0; key < pattern.Length; key++)
                    Add(output[query], Multiply(v[key], weights.W_O(head)), pattern[key]);
            }

            double[][] Project(WeightKind kindOf, WeightKind bias) =>
                [.. residual.Select((row, t) => Plus(Multiply(Input(kindOf, row, t), weights.Read(kindOf, head)), Bias(bias, head)))];
        }
        return output;

        double[] Input(WeightKind reader, double[] row, int t)
        {
            var normalized = Normalize(row, reader, new HeadIndex(layer, 0), kind.Centers);
            return kind.Positions == "shortformer" && reader != WeightKind.W_V ? Row(i => normalized[i] + positions![t, i]) : normalized;
        }
    }

    private double[] Pattern(double[] query, double[][] keys, int at, int head)
    {
        int seen = kind.Bidirectional ? keys.Length : at + 1;
        double[] scores = [.. Enumerable.Range(0, seen).Select(key =>
            Dot(Rotated(query, at), Rotated(keys[key], key)) / Math.Sqrt(query.Length)
                + (kind.Positions == "alibi" ? -Math.Abs(at - key) * Math.Pow(2, -8.0 * (head + 1) / ModelFile.Heads) : 0))];
        double most = scores.Max(), sum = scores.Sum(score => Math.Exp(score - most));
        return [.. scores.Select(score => Math.Exp(score - most) / sum)];
    }

    // Pairs (i, i + n/2) turn by position / 10000^(2 i / n).
    private double[] Rotated(double[] vector, int position)
    {
        if (kind.Positions != "rotary")
            return vector;
        int half = vector.Length / 2;
        return [.. vector.Select((value, i) =>
        {
            double angle = position / Math.Pow(10_000, (double)(i % half) / half);
            double other = i < half ? -vector[i + half] : vector[i - half];
            return value * Math.Cos(angle) + other * Math.Sin(angle);
        })];
    }

    private double[] Mlp(int layer, double[] row)
    {
        if (weights.Has(WeightKind.W_in))
            return Loaded(new HeadIndex(layer, 0), row);
        var normalized = Stored($"blocks.{layer}.ln2", row, kind.Centers);
        double[] hidden = [.. Of("W_in", "b_in", normalized).Select(value => Math.Max(0, value))];
        return Of("W_out", "b_out", hidden);

        double[] Of(string matrix, string constant, double[] input)
        {
            var (w, b) = (stored[$"blocks.{layer}.mlp.{matrix}"], stored[$"blocks.{layer}.mlp.{constant}"]);
            int columns = (int)w.Shape[1];
            return [.. Enumerable.Range(0, columns).Select(j => b.Values.Span[j]
                + Enumerable.Range(0, input.Length).Sum(i => input[i] * w.Values.Span[i * columns + j]))];
        }
    }

    private double[] Loaded(HeadIndex at, double[] row)
    {
        var input = Center(row, kind.Centers, kind.Normalization != "none");
        if (weights.Has(WeightKind.ln2_w))
        {
            var gain = weights.Read(WeightKind.ln2_w, at);
            input = Plus([.. input.Select((value, i) => value * gain[0, i])], Bias(WeightKind.ln2_b, at));
        }
        var neurons = Plus(Multiply(input, weights.Read(WeightKind.W_in, at)), Bias(WeightKind.b_in, at));
        double[] active = [.. neurons.Select(value => Math.Max(0, value))];
        return Plus(Multiply(active, weights.Read(WeightKind.W_out, at)), Bias(WeightKind.b_out, at));
    }

    private double[] Embedded(int token)
    {
        var row = Row(i => weights.W_E[token, i]);
        return kind.EmbeddingNorm ? Stored("embed.ln", row, center: true) : row;
    }

    // A norm that is never processed, with its gain and bias where it has them.
    private double[] Stored(string name, double[] row, bool center)
    {
        var normalized = Center(row, center, kind.Normalization != "none");
        if (stored.TryGetValue($"{name}.w", out var gain))
            normalized = [.. normalized.Select((value, i) => value * gain.Values.Span[i])];
        if (stored.TryGetValue($"{name}.b", out var bias))
            normalized = [.. normalized.Select((value, i) => value + bias.Values.Span[i])];
        return normalized;
    }

    private double[] Logits(double[] row)
    {
        var logits = Plus(Multiply(Normalize(row, WeightKind.W_U, default, kind.Centers && !kind.FinalRms), weights.W_U),
            Bias(WeightKind.b_U, default));
        return kind.LogitCap is { } cap ? [.. logits.Select(value => cap * Math.Tanh(value / cap))] : logits;
    }

    private static double[] LogSoftmax(double[] logits)
    {
        double most = logits.Max(), log = most + Math.Log(logits.Sum(value => Math.Exp(value - most)));
        return [.. logits.Select(value => value - log)];
    }

    // What a weight reads: the normalized row, with the gain and bias that are not in the weight.
    private double[] Normalize(double[] row, WeightKind reader, HeadIndex layer, bool center)
    {
        var normalized = Center(row, center, kind.Normalization != "none");
        if (!weights.ReadsGains(reader))
            return normalized;
        var (w, b) = reader == WeightKind.W_U ? (WeightKind.ln_final_w, WeightKind.ln_final_b) : (WeightKind.ln1_w, WeightKind.ln1_b);
        var gain = weights.Read(w, layer);
        double[]? bias = Bias(b, layer);
        return Row(i => normalized[i] * gain[0, i] + (bias?[i] ?? 0));
    }

    private static double[] Center(double[] row, bool center, bool normalize)
    {
        if (!normalize)
            return row;
        double mean = center ? row.Average() : 0, deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + Epsilon);
        return [.. row.Select(value => (value - mean) / deviation)];
    }

    private double[]? Bias(WeightKind bias, HeadIndex head) =>
        weights.Has(bias) ? [.. weights.Read(bias, head).Values.ToArray().Select(value => (double)value)] : null;

    private static double[] Plus(double[] row, double[]? bias) => bias is null ? row : [.. row.Select((value, i) => value + bias[i])];

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Select((row, t) => Plus(row, b[t]))];

    private static double[] Multiply(double[] row, Matrix matrix) =>
        [.. Enumerable.Range(0, matrix.Columns).Select(j => Enumerable.Range(0, matrix.Rows).Sum(i => row[i] * matrix[i, j]))];

    private static double Dot(double[] a, double[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);

    private static void Add(double[] sum, double[] row, double factor)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += factor * row[i];
    }

    private double[] Row(Func<int, double> value) => [.. Enumerable.Range(0, weights.Config.DModel).Select(value)];
}
