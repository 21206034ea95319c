using OVPipeline.Core;

namespace OVPipeline.Peers;

/// <summary>
/// A forward pass as plain loops in double precision, from weights and configuration alone: slow, and what peers are told apart by where
/// they differ.
/// </summary>
internal sealed class DoubleForward
{
    private readonly TransformerWeights _weights;
    private readonly TransformerConfig _config;
    private readonly ForwardConfig _forward;
    private readonly Func<double, double> _activate;

    /// <param name="weights">A model.</param>
    /// <param name="halfGelu">Whether GELU is looked up as ggml does: at x rounded to half precision, and rounded so.</param>
    public DoubleForward(TransformerWeights weights, bool halfGelu = false)
    {
        _weights = weights;
        _config = weights.Config;
        _forward = _config.Forward
            ?? throw new ArgumentException($"{_config.Name}: nothing is known of its forward pass.", nameof(weights));
        _activate = Activation(halfGelu);
    }

    /// <summary>Logits at every position or, of an encoder, the final residual stream.</summary>
    public double[][] Run(int[] tokens, bool logits = true)
    {
        double[][] stream = Embed(tokens);
        for (int layer = 0; layer < _config.Layers; layer++)
            stream = Block(stream, layer);
        if (!logits)
            return stream;
        double[][] read = [.. stream.Select(row => Norm(row, _config.FinalNormalization, WeightKind.ln_final_w, WeightKind.ln_final_b, 0))];
        return [.. Linear(read, WeightKind.W_U, WeightKind.b_U, default)
            .Select(row => row.Select(logit => Cap(logit * _forward.LogitFactor, _forward.LogitCap)).ToArray())];
    }

    private double[][] Embed(int[] tokens)
    {
        var embedding = _weights.W_E;
        Matrix? positions = _config.PositionalEmbedding == "standard" ? _weights.Read(WeightKind.W_pos) : null;
        Matrix? type = _weights.Has(WeightKind.b_E) ? _weights.Read(WeightKind.b_E) : null;
        double[][] stream = [.. tokens.Select((token, at) => Enumerable.Range(0, _config.DModel).Select(i =>
            (embedding[token, i] * _forward.EmbeddingFactor) + (positions?[at, i] ?? 0) + (type?[0, i] ?? 0)).ToArray())];
        return _weights.Has(WeightKind.ln_embed_w)
            ? [.. stream.Select(row => Norm(row, Kind, WeightKind.ln_embed_w, WeightKind.ln_embed_b, 0))]
            : stream;
    }

    // Norms after the embedding, within attention and after it are of one kind.
    private string? Kind => _config.Normalization ?? _config.FinalNormalization;

    private double[][] Block(double[][] stream, int layer)
    {
        double[][] read = [.. stream.Select(row =>
            _config.PostNorm ? row : Norm(row, _config.Normalization, WeightKind.ln1_w, WeightKind.ln1_b, layer))];
        double[][] attention = After(Attention(read, layer), WeightKind.ln1_post_w, WeightKind.ln1_post_b, layer);
        double[][] between = Thus(Sum(stream, attention), WeightKind.ln1_post_w, WeightKind.ln1_post_b, layer);
        if (_forward.Mlp is null)
            return between;
        double[][] source = _forward.ParallelMlp ? stream : between;
        double[][] input = _weights.Has(WeightKind.ln2_w)
            || (!_forward.ParallelMlp && NormalizationOf(_config.Normalization) is not null && !_config.PostNorm)
            ? [.. source.Select(row => Norm(row, _config.Normalization, WeightKind.ln2_w, WeightKind.ln2_b, layer))]
            : source;
        if (_forward.ParallelMlp && !_weights.Has(WeightKind.ln2_w))
            input = read;
        double[][] mlp = After(Mlp(input, layer), WeightKind.ln2_post_w, WeightKind.ln2_post_b, layer);
        return Thus(Sum(between, mlp), WeightKind.ln2_post_w, WeightKind.ln2_post_b, layer);
    }

    private double[][] After(double[][] written, WeightKind gain, WeightKind bias, int layer) => !_config.PostNorm && _weights.Has(gain)
        ? [.. written.Select(row => Norm(row, Kind, gain, bias, layer))]
        : written;

    private double[][] Thus(double[][] stream, WeightKind gain, WeightKind bias, int layer) => _config.PostNorm
        ? [.. stream.Select(row => Norm(row, Kind, gain, bias, layer))]
        : stream;

    private double[][] Attention(double[][] read, int layer)
    {
        double[][] sum = [.. read.Select(_ => Row(WeightKind.b_O, layer) ?? new double[_config.DModel])];
        double[][][] queries = Heads(read, WeightKind.W_Q, WeightKind.b_Q, layer);
        double[][][] keys = Heads(read, WeightKind.W_K, WeightKind.b_K, layer);
        NormalizeHeads(queries, WeightKind.q_norm_w, WeightKind.q_norm_b, layer, 1);
        NormalizeHeads(keys, WeightKind.k_norm_w, WeightKind.k_norm_b, layer, _config.Heads / (_forward.KeyValueHeads ?? _config.Heads));
        double[][][] values = Heads(read, WeightKind.W_V, WeightKind.b_V, layer);
        for (int head = 0; head < _config.Heads; head++)
        {
            for (int at = 0; at < read.Length; at++)
            {
                Turn(queries[head][at], at, layer, read.Length);
                Turn(keys[head][at], at, layer, read.Length);
            }
            for (int at = 0; at < read.Length; at++)
            {
                double[] pattern = Pattern(queries[head][at], keys[head], at, layer, head);
                double[] mixed = new double[_config.DValue];
                for (int from = 0; from < read.Length; from++)
                    for (int i = 0; i < mixed.Length; i++)
                        mixed[i] += pattern[from] * values[head][from][i];
                var output = _weights.W_O(new(layer, head));
                for (int j = 0; j < _config.DModel; j++)
                    for (int i = 0; i < mixed.Length; i++)
                        sum[at][j] += mixed[i] * output[i, j];
            }
        }
        return Times(sum);
    }

    private double[] Pattern(double[] query, double[][] keys, int at, int layer, int head)
    {
        int window = _forward.Windows.Count == 0 ? 0 : _forward.Windows[layer];
        double[] scores = new double[keys.Length];
        for (int from = 0; from < keys.Length; from++)
        {
            bool seen = (_config.Bidirectional || from <= at) && (window == 0 || at - from < window);
            double score = query.Zip(keys[from], (a, b) => a * b).Sum() / _config.AttentionScaleOf(layer);
            if (_config.PositionalEmbedding == "alibi")
                score -= Slope(head) * Math.Abs(at - from);
            scores[from] = seen ? Cap(score, _forward.ScoreCap) : double.NegativeInfinity;
        }
        double most = scores.Max();
        double[] weights = [.. scores.Select(score => Math.Exp(score - most))];
        double all = weights.Sum();
        return [.. weights.Select(weight => weight / all)];
    }

    // Of heads that are no power of two, those beyond the last one take turns with the slopes of twice as many.
    private double Slope(int head)
    {
        int power = 1 << (int)Math.Log2(_config.Heads);
        return head < power
            ? Math.Pow(2, -_forward.AlibiMaximum * (head + 1) / power)
            : Math.Pow(2, -_forward.AlibiMaximum * ((2 * (head - power)) + 1) / (2 * power));
    }

    private void Turn(double[] row, int at, int layer, int length)
    {
        if (_forward.Rotary is not { } rotary || rotary.LayersWithout.Contains(layer))
            return;
        bool local = rotary.LocalBase is not null && _forward.Windows.Count > 0 && _forward.Windows[layer] > 0;
        int half = rotary.Dimensions / 2;
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(local ? rotary.LocalBase!.Value : rotary.Base, -2.0 * i / rotary.Dimensions);
            double factor = 1;
            if (!local && rotary.Scaling is { } scaling)
                (frequency, factor) = Scaled(frequency, i, rotary, scaling, length);
            (int first, int second) = rotary.AdjacentPairs ? (2 * i, (2 * i) + 1) : (i, i + half);
            (double x, double y) = (row[first], row[second]);
            (double sine, double cosine) = (factor * Math.Sin(at * frequency), factor * Math.Cos(at * frequency));
            row[first] = (x * cosine) - (y * sine);
            row[second] = (x * sine) + (y * cosine);
        }
    }

    private static (double Frequency, double Factor) Scaled(double frequency, int i, RotaryConfig rotary, RotaryScaling scaling, int length)
    {
        double factor = scaling.AttentionFactor ?? 1;
        switch (scaling.Kind)
        {
            case RotaryScalingKind.Linear:
                return (frequency / scaling.Factor, factor);
            case RotaryScalingKind.LongRope:
                return (frequency / (length > scaling.OriginalContext ? scaling.LongFactors : scaling.ShortFactors)[i], factor);
            case RotaryScalingKind.Yarn:
                double low = Math.Floor(Dimension(scaling.BetaFast)), high = Math.Ceiling(Dimension(scaling.BetaSlow));
                (low, high) = (Math.Max(0, low), Math.Min(rotary.Dimensions - 1, high));
                double ramp = Math.Clamp((i - low) / Math.Max(0.001, high - low), 0, 1);
                return ((frequency * (1 - ramp)) + (frequency / scaling.Factor * ramp), factor);
            default:
                throw new NotSupportedException($"{scaling.Kind} is in no GGUF file.");
        }

        double Dimension(double turns) => rotary.Dimensions * Math.Log(scaling.OriginalContext / (turns * 2 * Math.PI))
            / (2 * Math.Log(rotary.Base));
    }

    private double[][][] Heads(double[][] read, WeightKind kind, WeightKind bias, int layer)
    {
        double[][][] all = [.. Enumerable.Range(0, _config.Heads).Select(head => Linear(read, kind, bias, new(layer, head)))];
        if (_forward.ProjectionLimit is { } limit)
            foreach (double[] row in all.SelectMany(rows => rows))
                for (int i = 0; i < row.Length; i++)
                    row[i] = Math.Clamp(row[i], -limit, limit);
        return all;
    }

    // Of all heads together a shared head of keys counts once, as it is stored.
    private void NormalizeHeads(double[][][] heads, WeightKind gain, WeightKind bias, int layer, int sharing)
    {
        if (_forward.QueryKeyNorm == QueryKeyNormKind.None)
            return;
        for (int at = 0; at < heads[0].Length; at++)
        {
            int position = at;
            var stored = Enumerable.Range(0, _config.Heads / sharing).Select(group => heads[group * sharing][position]);
            double[] all = [.. stored.SelectMany(row => row)];
            for (int head = 0; head < _config.Heads; head++)
            {
                double[] together = _forward.QueryKeyNorm == QueryKeyNormKind.Head ? [.. heads[head][at]] : all;
                Normalize(heads[head][at], together, Kind, Row(gain, layer, head), Row(bias, layer, head));
            }
        }
    }

    private double[][] Mlp(double[][] read, int layer)
    {
        double[][] neurons = Linear(read, WeightKind.W_in, WeightKind.b_in, new(layer, 0));
        double[][]? gates = _forward.Mlp!.Gated ? Linear(read, WeightKind.W_gate, WeightKind.b_gate, new(layer, 0)) : null;
        for (int at = 0; at < read.Length; at++)
            for (int i = 0; i < neurons[at].Length; i++)
                neurons[at][i] = gates is null ? _activate(neurons[at][i]) : _activate(gates[at][i]) * neurons[at][i];
        return Times(Linear(neurons, WeightKind.W_out, WeightKind.b_out, new(layer, 0)));
    }

    private double[][] Times(double[][] written) =>
        [.. written.Select(row => row.Select(value => value * _forward.ResidualFactor).ToArray())];

    private double[] Norm(double[] row, string? kind, WeightKind gain, WeightKind bias, int layer)
    {
        if (NormalizationOf(kind) is null)
            return row;
        double[] copy = [.. row];
        Normalize(copy, row, kind, Row(gain, layer), Row(bias, layer));
        return copy;
    }

    private void Normalize(double[] row, double[] together, string? kind, double[]? gain, double[]? bias)
    {
        double mean = NormalizationOf(kind) == "LN" ? together.Average() : 0;
        double scale = 1 / Math.Sqrt(together.Select(value => (value - mean) * (value - mean)).Average() + _config.NormEpsilon);
        for (int i = 0; i < row.Length; i++)
            row[i] = ((row[i] - mean) * scale * (gain?[i] ?? 1)) + (bias?[i] ?? 0);
    }

    private static string? NormalizationOf(string? kind) => kind?.Replace("Pre", "", StringComparison.Ordinal);

    private double[][] Linear(double[][] rows, WeightKind kind, WeightKind bias, HeadIndex head)
    {
        var matrix = _weights.Read(kind, head);
        double[]? shift = Row(bias, head.Layer, head.Head);
        return [.. rows.Select(row => Enumerable.Range(0, matrix.Columns).Select(j =>
        {
            double sum = shift?[j] ?? 0;
            for (int i = 0; i < row.Length; i++)
                sum += row[i] * matrix[i, j];
            return sum;
        }).ToArray())];
    }

    private double[]? Row(WeightKind kind, int layer, int head = 0) => _weights.Has(kind)
        ? [.. _weights.Read(kind, new(layer, head)).Values.ToArray().Select(value => (double)value)]
        : null;

    private static double[][] Sum(double[][] a, double[][] b) =>
        [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray())];

    private static double Cap(double value, double? cap) => cap is { } limit ? limit * Math.Tanh(value / limit) : value;

    private Func<double, double> Activation(bool halfGelu) => _forward.Mlp?.Activation switch
    {
        null => x => x,
        ActivationKind.Gelu or ActivationKind.GeluTanh when halfGelu => x => Math.Abs(x) >= 10
            ? Math.Max(x, 0)
            : (double)(Half)(float)GeluTanh((double)(Half)(float)x),
        ActivationKind.Gelu => x => x * NormalBelow(x),
        ActivationKind.GeluTanh => GeluTanh,
        ActivationKind.SquaredRelu => x => Math.Max(x, 0) * Math.Max(x, 0),
        ActivationKind.Relu => x => Math.Max(x, 0),
        ActivationKind.Silu => x => x / (1 + Math.Exp(-x)),
        var other => throw new NotSupportedException($"{other} is in no GGUF file."),
    };

    private static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double NormalBelow(double x) => MathNet.Numerics.Distributions.Normal.CDF(0, 1, x);
}
