using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>
/// The forward pass of a transformer for one sequence, in double precision and loops: what the module, layouts and peers are held to. It
/// shares nothing with the module but the weights.
/// </summary>
internal sealed class PlainForward
{
    private readonly TransformerConfig _config;
    private readonly TransformerWeights _weights;
    private readonly ForwardConfig _forward;
    private readonly PlainNorms _norms;

    public PlainForward(TransformerConfig config, TransformerWeights weights)
    {
        _config = config;
        _weights = new(config, new KeptWeights(weights));
        _forward = config.Forward ?? new();
        _norms = new(config, _weights);
    }

    /// <summary>What neurons of MLPs pass in the place of their own activation; null for that.</summary>
    public Func<double, double>? Activation { get; init; }

    /// <summary>Dense maps [d_model, d_model] that heads write through instead of W_V W_O.</summary>
    public Dictionary<HeadIndex, double[,]> Maps { get; } = [];

    /// <summary>Heads that use another head's pattern.</summary>
    public Dictionary<HeadIndex, HeadIndex> PatternOf { get; } = [];

    /// <summary>What heads write instead, by position [T][d_model].</summary>
    public Dictionary<HeadIndex, double[][]> Writes { get; } = [];

    public double[][] Residual { get; private set; } = [];

    public double[][] Logits { get; private set; } = [];

    public double[][] Embedded { get; private set; } = [];

    /// <summary>By layer the stream before it; after the last, the stream before the norm.</summary>
    public List<double[][]> Streams { get; } = [];

    /// <summary>By layer what the MLP adds.</summary>
    public List<double[][]> Neurons { get; } = [];

    /// <summary>Query, key.</summary>
    public Dictionary<HeadIndex, double[,]> Patterns { get; } = [];

    public Dictionary<HeadIndex, double[][]> Outputs { get; } = [];

    /// <summary>Logits of a model, [T V] row by row.</summary>
    public static double[] LogitsOf(TransformerWeights weights, int[] tokens) =>
        [.. new PlainForward(weights.Config, weights).Run(tokens).Logits.SelectMany(row => row)];

    private int D => _config.DModel;

    public PlainForward Run(int[] tokens)
    {
        double[][] stream = Embedded = [.. tokens.Select(Embed)];
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            Streams.Add(stream);
            stream = Block(layer, stream);
        }
        Streams.Add(stream);
        Residual = [.. stream.Select(row => _norms.Final(Head(row)))];
        Logits = [.. Residual.Select(row => Enumerable.Range(0, _config.OutputVocabulary).Select(token => Logit(row, token)).ToArray())];
        return this;
    }

    private double[] Embed(int token, int position)
    {
        double[] row = new double[D];
        for (int i = 0; i < D; i++)
        {
            row[i] = (_weights.W_E[token, i] * _forward.EmbeddingFactor) + Entry(WeightKind.b_E, default, i);
            if (_config.PositionalEmbedding == "standard")
                row[i] += _weights.Read(WeightKind.W_pos)[position, i];
        }
        return _weights.Has(WeightKind.ln_embed_w) ? _norms.Of(row, WeightKind.ln_embed_w, WeightKind.ln_embed_b, default) : row;
    }

    private double[][] Block(int layer, double[][] stream)
    {
        var first = new HeadIndex(layer, 0);
        double[][] attended = Attention(layer, stream);
        double[][] between = Add(stream, attended, WeightKind.ln1_post_w, WeightKind.ln1_post_b, first, out _);
        if (_forward.Mlp is not { } mlp)
            return between;
        double[][] read = _forward.ParallelMlp ? stream : between;
        double[][] inputs = [.. read.Select(row => _norms.BeforeMlp(row, first, _forward))];
        double[][] neurons = [.. inputs.Select(row => PlainMlp.Of(mlp, _weights, first, row, _config.NormEpsilon, Activation))];
        double[][] after = Add(between, neurons, WeightKind.ln2_post_w, WeightKind.ln2_post_b, first, out double[][] added);
        Neurons.Add(added);
        return after;
    }

    private double[][] Add(double[][] stream, double[][] written, WeightKind gain, WeightKind bias, HeadIndex layer, out double[][] added)
    {
        bool norm = _weights.Has(gain) && !IsFinal(layer.Layer, gain);
        added = [.. written.Select(row => norm && !_config.PostNorm ? _norms.Of(row, gain, bias, layer) : row)
            .Select(row => row.Select(value => value * _forward.ResidualFactor).ToArray())];
        double[][] sum = [.. stream.Zip(added, (left, right) => left.Zip(right, (a, b) => a + b).ToArray())];
        return norm && _config.PostNorm ? [.. sum.Select(row => _norms.Of(row, gain, bias, layer))] : sum;
    }

    // Where the stream passes norms and no head follows, the last of them is the one before the unembedding.
    private bool IsFinal(int layer, WeightKind gain) => _config.PostNorm && !_weights.Has(WeightKind.W_head) && layer == _config.Layers - 1
        && gain == (_forward.Mlp is null ? WeightKind.ln1_post_w : WeightKind.ln2_post_w);

    private double[][] Attention(int layer, double[][] stream)
    {
        var first = new HeadIndex(layer, 0);
        double[][] input = [.. stream.Select(row => _norms.BeforeAttention(row, first, WeightKind.W_V))];
        double[][] attending = [.. stream.Select(row => _norms.BeforeAttention(row, first, WeightKind.W_Q))];
        if (_config.PositionalEmbedding == "shortformer")
            attending =
                [.. attending.Select((row, t) => row.Select((value, i) => value + _weights.Read(WeightKind.W_pos)[t, i]).ToArray())];
        var scores = new PlainScores(_config, _weights, layer, attending);
        foreach (var head in _config.HeadsOf(layer))
            Patterns[head] = scores.Pattern(head);
        foreach (var head in _config.HeadsOf(layer))
            Outputs[head] = Writes.GetValueOrDefault(head) ?? Output(head, input, Patterns[PatternOf.GetValueOrDefault(head, head)]);
        return [.. Enumerable.Range(0, stream.Length).Select(t => Enumerable.Range(0, D)
            .Select(i => _config.HeadsOf(layer).Sum(head => Outputs[head][t][i]) + Entry(WeightKind.b_O, first, i)).ToArray())];
    }

    private double[][] Output(HeadIndex head, double[][] input, double[,] pattern)
    {
        Matrix output = _weights.W_O(head), values = _weights.W_V(head);
        double[][] written = [.. input.Select(row => Written(row))];
        return [.. Enumerable.Range(0, input.Length).Select(t => Enumerable.Range(0, D)
            .Select(j => Enumerable.Range(0, input.Length).Sum(s => pattern[t, s] * written[s][j])).ToArray())];

        double[] Written(double[] row)
        {
            double[] to = new double[D];
            bool circuit = Maps.ContainsKey(head);
            if (circuit)
                to = [.. Enumerable.Range(0, D).Select(j => Enumerable.Range(0, D).Sum(i => row[i] * Maps[head][i, j]))];
            for (int k = 0; k < _config.DValue; k++)
            {
                double value = Entry(WeightKind.b_V, head, k); // the circuit is W_V W_O; the constant that b_V writes stays
                if (!circuit)
                    value += Enumerable.Range(0, D).Sum(i => row[i] * values[i, k]);
                if (_forward.ProjectionLimit is { } limit && !circuit)
                    value = Math.Min(Math.Max(value, -limit), limit);
                for (int j = 0; j < D; j++)
                    to[j] += value * output[k, j];
            }
            return to;
        }
    }

    private double[] Head(double[] row)
    {
        if (!_weights.Has(WeightKind.W_head))
            return row;
        var head = _weights.Read(WeightKind.W_head);
        double[] neurons = [.. Enumerable.Range(0, D)
            .Select(j => Enumerable.Range(0, D).Sum(i => row[i] * head[i, j]) + Entry(WeightKind.b_head, default, j))];
        return PlainMlp.Activate(_forward.Mlp!.Activation, neurons);
    }

    private double Logit(double[] row, int token)
    {
        double logit = Enumerable.Range(0, D).Sum(i => row[i] * _weights.W_U[i, token]) + Entry(WeightKind.b_U, default, token);
        logit *= _forward.LogitFactor;
        return _forward.LogitCap is { } cap ? cap * Math.Tanh(logit / cap) : logit;
    }

    private double Entry(WeightKind kind, HeadIndex head, int column) => _weights.Has(kind) ? _weights.Read(kind, head)[0, column] : 0;
}
