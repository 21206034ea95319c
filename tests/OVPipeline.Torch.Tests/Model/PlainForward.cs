using OVPipeline.Core;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// The forward pass of a transformer for one sequence, in double precision and loops: what the module is held to. It shares nothing with
/// the module but the weights.
/// </summary>
internal sealed class PlainForward(TransformerConfig config, TransformerWeights weights)
{
    private readonly ForwardConfig _forward = config.Forward ?? new();

    private readonly PlainNorms _norms = new(config, weights);

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

    private int D => config.DModel;

    public PlainForward Run(int[] tokens)
    {
        double[][] stream = Embedded = [.. tokens.Select(Embed)];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            Streams.Add(stream);
            stream = Block(layer, stream);
        }
        Streams.Add(stream);
        Residual = [.. stream.Select(row => _norms.Final(Head(row)))];
        Logits = [.. Residual.Select(row => Enumerable.Range(0, config.OutputVocabulary).Select(token => Logit(row, token)).ToArray())];
        return this;
    }

    private double[] Embed(int token, int position)
    {
        double[] row = new double[D];
        for (int i = 0; i < D; i++)
        {
            row[i] = (weights.W_E[token, i] * _forward.EmbeddingFactor) + Entry(WeightKind.b_E, default, i);
            if (config.PositionalEmbedding == "standard")
                row[i] += weights.Read(WeightKind.W_pos)[position, i];
        }
        return weights.Has(WeightKind.ln_embed_w) ? _norms.Of(row, WeightKind.ln_embed_w, WeightKind.ln_embed_b, default) : row;
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
        double[][] neurons = [.. inputs.Select(row => PlainMlp.Of(mlp, weights, first, row, config.NormEpsilon))];
        double[][] after = Add(between, neurons, WeightKind.ln2_post_w, WeightKind.ln2_post_b, first, out double[][] added);
        Neurons.Add(added);
        return after;
    }

    private double[][] Add(double[][] stream, double[][] written, WeightKind gain, WeightKind bias, HeadIndex layer, out double[][] added)
    {
        bool norm = weights.Has(gain);
        added = [.. written.Select(row => norm && !config.PostNorm ? _norms.Of(row, gain, bias, layer) : row)
            .Select(row => row.Select(value => value * _forward.ResidualFactor).ToArray())];
        double[][] sum = [.. stream.Zip(added, (left, right) => left.Zip(right, (a, b) => a + b).ToArray())];
        return norm && config.PostNorm ? [.. sum.Select(row => _norms.Of(row, gain, bias, layer))] : sum;
    }

    private double[][] Attention(int layer, double[][] stream)
    {
        var first = new HeadIndex(layer, 0);
        double[][] input = [.. stream.Select(row => _norms.BeforeAttention(row, first, WeightKind.W_V))];
        double[][] attending = [.. stream.Select(row => _norms.BeforeAttention(row, first, WeightKind.W_Q))];
        if (config.PositionalEmbedding == "shortformer")
            attending = [.. attending.Select((row, t) => row.Select((value, i) => value + weights.Read(WeightKind.W_pos)[t, i]).ToArray())];
        var scores = new PlainScores(config, weights, layer, attending);
        foreach (var head in config.HeadsOf(layer))
            Patterns[head] = scores.Pattern(head);
        foreach (var head in config.HeadsOf(layer))
            Outputs[head] = Writes.GetValueOrDefault(head) ?? Output(head, input, Patterns[PatternOf.GetValueOrDefault(head, head)]);
        return [.. Enumerable.Range(0, stream.Length).Select(t => Enumerable.Range(0, D)
            .Select(i => config.HeadsOf(layer).Sum(head => Outputs[head][t][i]) + Entry(WeightKind.b_O, first, i)).ToArray())];
    }

    private double[][] Output(HeadIndex head, double[][] input, double[,] pattern)
    {
        Matrix output = weights.W_O(head), values = weights.W_V(head);
        double[][] written = [.. input.Select(row => Written(row))];
        return [.. Enumerable.Range(0, input.Length).Select(t => Enumerable.Range(0, D)
            .Select(j => Enumerable.Range(0, input.Length).Sum(s => pattern[t, s] * written[s][j])).ToArray())];

        double[] Written(double[] row)
        {
            double[] to = new double[D];
            bool circuit = Maps.ContainsKey(head);
            if (circuit)
                to = [.. Enumerable.Range(0, D).Select(j => Enumerable.Range(0, D).Sum(i => row[i] * Maps[head][i, j]))];
            for (int k = 0; k < config.DValue; k++)
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
        if (!weights.Has(WeightKind.W_head))
            return row;
        var head = weights.Read(WeightKind.W_head);
        double[] neurons = [.. Enumerable.Range(0, D)
            .Select(j => Enumerable.Range(0, D).Sum(i => row[i] * head[i, j]) + Entry(WeightKind.b_head, default, j))];
        return PlainMlp.Activate(_forward.Mlp!.Activation, neurons);
    }

    private double Logit(double[] row, int token)
    {
        double logit = Enumerable.Range(0, D).Sum(i => row[i] * weights.W_U[i, token]) + Entry(WeightKind.b_U, default, token);
        logit *= _forward.LogitFactor;
        return _forward.LogitCap is { } cap ? cap * Math.Tanh(logit / cap) : logit;
    }

    private double Entry(WeightKind kind, HeadIndex head, int column) => weights.Has(kind) ? weights.Read(kind, head)[0, column] : 0;
}
