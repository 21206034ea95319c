using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>
/// The forward pass of a whole model over one sequence, in double precision and loops, from its weights and configuration alone: what they
/// mean, written down once more. It shares nothing with any engine.
/// </summary>
internal sealed class PlainTransformer(TransformerWeights weights)
{
    private readonly TransformerConfig _config = weights.Config;
    private readonly ForwardConfig _forward = weights.Config.Forward ?? throw new ArgumentException("Nothing tells how the model runs.");

    /// <summary>Logits, [T V] row by row.</summary>
    public double[] Run(int[] tokens)
    {
        double[][] x = [.. tokens.Select(Embedded)];
        for (int layer = 0; layer < _config.Layers; layer++)
            x = Block(layer, x);
        return [.. x.SelectMany(Logits)];
    }

    private double[] Embedded(int token, int position)
    {
        double[] row = Scaled(Row(weights.ReadTokens(WeightKind.W_E, token, 1), 0), _forward.EmbeddingFactor);
        if (_config.PositionalEmbedding == "standard")
            row = Sum(row, Row(weights.Read(WeightKind.W_pos), position));
        row = Sum(row, Vector(WeightKind.b_E, default));
        return weights.Has(WeightKind.ln_embed_w)
            ? Norm(_config.Normalization, row, WeightKind.ln_embed_w, WeightKind.ln_embed_b, default)
            : row;
    }

    private double[][] Block(int layer, double[][] x)
    {
        var at = new HeadIndex(layer, 0);
        double[][] attended = [.. Attention(layer, x).Select(row => After(row, WeightKind.ln1_post_w, WeightKind.ln1_post_b))];
        if (_config.AttentionOnly)
            return Plus(x, attended);
        double[][] middle = Plus(x, attended);
        if (_config.PostNorm)
            middle = [.. middle.Select(row => Norm(_config.Normalization, row, WeightKind.ln1_post_w, WeightKind.ln1_post_b, at))];
        double[][] neurons = [.. (_forward.ParallelMlp ? x : middle).Select(row => Mlp(at, MlpInput(row)))];
        double[][] output = Plus(middle, [.. neurons.Select(row => After(row, WeightKind.ln2_post_w, WeightKind.ln2_post_b))]);
        bool normalizes = _config.PostNorm && (layer < _config.Layers - 1 || weights.Has(WeightKind.W_head));
        return normalizes
            ? [.. output.Select(row => Norm(_config.Normalization, row, WeightKind.ln2_post_w, WeightKind.ln2_post_b, at))]
            : output;

        double[] After(double[] row, WeightKind gain, WeightKind bias) => weights.Has(gain) && !_config.PostNorm
            ? Norm(_config.Normalization ?? _config.FinalNormalization, row, gain, bias, at)
            : row;

        double[] MlpInput(double[] row)
        {
            if (_config.PostNorm)
                return row;
            bool shared = _forward.ParallelMlp && !weights.Has(WeightKind.ln2_w);
            return shared
                ? Norm(_config.Normalization, row, WeightKind.ln1_w, WeightKind.ln1_b, at)
                : Norm(_config.Normalization, row, WeightKind.ln2_w, WeightKind.ln2_b, at);
        }

        double[][] Plus(double[][] stream, double[][] written) =>
            [.. stream.Select((row, t) => Sum(row, Scaled(written[t], _forward.ResidualFactor)))];
    }

    private double[] Mlp(HeadIndex at, double[] input)
    {
        var mlp = _forward.Mlp!;
        double[] values = Sum(Times(input, weights.Read(WeightKind.W_in, at)), Vector(WeightKind.b_in, at));
        if (mlp.Gated)
        {
            var gates = Activated(Sum(Times(input, weights.Read(WeightKind.W_gate, at)), Vector(WeightKind.b_gate, at)), mlp.Activation);
            values = [.. values.Zip(gates, (value, gate) => value * gate)];
        }
        else
        {
            values = Activated(values, mlp.Activation);
        }
        if (mlp.Activation == ActivationKind.SoluLN)
            values = Norm("LN", values, WeightKind.ln_mlp_w, WeightKind.ln_mlp_b, at);
        return Sum(Times(values, weights.Read(WeightKind.W_out, at)), Vector(WeightKind.b_out, at));
    }

    private double[][] Attention(int layer, double[][] x)
    {
        double[][] positions = _config.PositionalEmbedding == "shortformer"
            ? [.. x.Select((_, t) => Row(weights.Read(WeightKind.W_pos), t))]
            : [.. x.Select(_ => new double[_config.DModel])];
        var at = new HeadIndex(layer, 0);
        double[][] read = [.. x.Select((row, t) => Sum(Input(row, WeightKind.W_Q), positions[t]))];
        double[][] valued = [.. x.Select(row => Input(row, WeightKind.W_V))];
        var heads = _config.HeadsOf(layer).ToArray();
        var queries = Normalized(Projected(read, WeightKind.W_Q, WeightKind.b_Q), WeightKind.q_norm_w, WeightKind.q_norm_b, 1);
        int sharing = _config.Heads / (_forward.KeyValueHeads ?? _config.Heads);
        var keys = Normalized(Projected(read, WeightKind.W_K, WeightKind.b_K), WeightKind.k_norm_w, WeightKind.k_norm_b, sharing);
        var values = Projected(valued, WeightKind.W_V, WeightKind.b_V);
        double[][] output = [.. x.Select(_ => Sum(new double[_config.DModel], Vector(WeightKind.b_O, at)))];
        foreach (var head in heads)
        {
            double[][] q = Turned(queries[head.Head], layer), k = Turned(keys[head.Head], layer);
            double[,] pattern = PlainAttention.Pattern(_config, head, q, k);
            var outward = weights.W_O(head);
            for (int t = 0; t < x.Length; t++)
            {
                double[] mixed = new double[_config.DValue];
                for (int s = 0; s < x.Length; s++)
                    mixed = Sum(mixed, Scaled(values[head.Head][s], pattern[t, s]));
                output[t] = Sum(output[t], Times(mixed, outward));
            }
        }
        return output;

        double[] Input(double[] row, WeightKind reader) => _config.PostNorm
            ? row
            : Norm(_config.Normalization, row, weights.ReadsGains(reader) ? WeightKind.ln1_w : null, WeightKind.ln1_b, at);

        double[][][] Projected(double[][] rows, WeightKind matrix, WeightKind bias) => [.. heads.Select(head =>
            rows.Select(row => Sum(Times(row, weights.Read(matrix, head)), Vector(bias, head)).Select(Clipped).ToArray()).ToArray())];

        double[][][] Normalized(double[][][] rows, WeightKind gain, WeightKind bias, int step) => _forward.QueryKeyNorm switch
        {
            QueryKeyNormKind.None => rows,
            QueryKeyNormKind.Head => [.. rows.Select((of, head) =>
                of.Select(row => Norm(_config.Normalization ?? _config.FinalNormalization, row, gain, bias, heads[head])).ToArray())],
            _ => PlainAttention.OverHeads(weights, rows, gain, heads, step),
        };

        double Clipped(double value) => _forward.ProjectionLimit is { } limit ? Math.Clamp(value, -limit, limit) : value;
    }

    private double[][] Turned(double[][] rows, int layer) => _forward.Rotary is { } rotary && !rotary.LayersWithout.Contains(layer)
        ? PlainAttention.Turned(rows, rotary, window: _forward.Windows.Count > 0 && _forward.Windows[layer] > 0)
        : rows;

    private double[] Logits(double[] row)
    {
        if (weights.Has(WeightKind.W_head))
        {
            double[] dense = Sum(Times(row, weights.Read(WeightKind.W_head)), Vector(WeightKind.b_head, default));
            row = Activated(dense, _forward.Mlp!.Activation);
        }
        row = Norm(_config.FinalNormalization, row, weights.ReadsGains(WeightKind.W_U) ? WeightKind.ln_final_w : null,
            WeightKind.ln_final_b, default);
        double[] logits = Scaled(Sum(Times(row, weights.W_U), Vector(WeightKind.b_U, default)), _forward.LogitFactor);
        return _forward.LogitCap is { } cap ? [.. logits.Select(value => cap * Math.Tanh(value / cap))] : logits;
    }

    private double[] Norm(string? kind, double[] row, WeightKind? gain, WeightKind bias, HeadIndex at)
    {
        if (kind is null)
            return row;
        double mean = kind is "LN" or "LNPre" ? row.Average() : 0;
        double deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + _config.NormEpsilon);
        double[] normalized = [.. row.Select(value => (value - mean) / deviation)];
        if (gain is not { } own || !weights.Has(own))
            return normalized;
        double[] gains = Vector(own, at)!;
        return Sum([.. normalized.Select((value, i) => value * gains[i])], Vector(bias, at));
    }

    private static double[] Activated(double[] values, ActivationKind kind)
    {
        if (kind != ActivationKind.SoluLN)
            return [.. values.Select(value => PlainAttention.Activated(value, kind))];
        double most = values.Max(), sum = values.Sum(value => Math.Exp(value - most));
        return [.. values.Select(value => value * Math.Exp(value - most) / sum)];
    }

    private double[]? Vector(WeightKind kind, HeadIndex at) => weights.Has(kind) ? Row(weights.Read(kind, at), 0) : null;

    private static double[] Row(Matrix matrix, int row) => [.. matrix.Row(row).ToArray().Select(value => (double)value)];

    private static double[] Sum(double[] row, double[]? other) => other is null ? row : [.. row.Select((value, i) => value + other[i])];

    private static double[] Scaled(double[] row, double factor) => [.. row.Select(value => value * factor)];

    private static double[] Times(double[] row, Matrix matrix)
    {
        double[] product = new double[matrix.Columns];
        for (int i = 0; i < row.Length; i++)
            for (int j = 0; j < product.Length; j++)
                product[j] += row[i] * matrix[i, j];
        return product;
    }
}
