using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class EffectiveEmbeddingsTests
{
    private const int V = 7, D = 6, DHead = 3, Neurons = 9;

    [Fact]
    public void Of_LayerNormsAndMlp_IsTheFirstLayerOfALoneToken()
    {
        NativeFiles.SkipWithoutBackend();
        var weights = Weights();
        using var model = Transformer.FromWeights(weights);
        var found = EffectiveEmbeddings.Of(model);
        Assert.Equal((V, D), (found.Rows, found.Columns));
        for (int token = 0; token < V; token++)
        {
            double[] expected = AfterFirst(weights, token);
            for (int i = 0; i < D; i++)
                Assert.Equal(expected[i], found[token, i], 2e-5);
        }
    }

    [Fact]
    public void In_Model_CircuitsReadItAndTheModelStillRuns()
    {
        NativeFiles.SkipWithoutBackend();
        var raw = new TransformerCheckpoint(Weights(), new Vocabulary([.. Enumerable.Range(0, V).Select(i => $"t{i}")]));
        var effective = EffectiveEmbeddings.In(raw);
        using var model = Transformer.FromWeights(effective.Weights.Model);
        Assert.Equal(EffectiveEmbeddings.Of(model).Values, effective.Weights.W_E.Values);
        Assert.Equal(raw.Weights.W_E.Values, effective.Weights.Model.W_E.Values);
        string note = "W_E is the effective embedding after the first layer, of a token that attends to itself alone; "
            + "heads of layer 0 do not read it";
        Assert.Equal([note], TokenCircuit.OfHeads(effective.Weights, new HeadIndex(1, 0)).Origin.Processing);
        Assert.NotEqual(EffectiveEmbeddings.Of(model).Data, EffectiveEmbeddings.Of(model, 2).Data);
        var held = EffectiveEmbeddings.In(raw.WithWeights(raw.Weights.WithNormScales(NormScales.OfLoneEmbedding(raw.Weights))));
        Assert.Equal(NormScales.OfLoneEmbedding(effective.Weights).Output, held.Weights.NormScales!.Output);
    }

    [Fact]
    public void Of_MoreLayersThanThereAre_Refuses()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = Transformer.FromWeights(Weights());
        Assert.Contains("has 2 layers", Assert.Throws<ArgumentOutOfRangeException>(() => EffectiveEmbeddings.Of(model, 3)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => EffectiveEmbeddings.Of(model, 0));
    }

    // As GPT-2 is made: positions added, layer norms, biases, GELU by tanh.
    private static TransformerWeights Weights()
    {
        var config = new TransformerConfig
        {
            Name = "gpt2-like",
            Layers = 2,
            Heads = 2,
            DModel = D,
            DHead = DHead,
            Vocabulary = V,
            Context = 5,
            Normalization = "LN",
            Forward = new() { Mlp = new(Neurons, ActivationKind.GeluTanh) },
        };
        var weights = new InMemoryWeights();
        var random = new Random(4);
        WeightKind[] once =
        [
            WeightKind.W_E, WeightKind.W_pos, WeightKind.W_U, WeightKind.b_U, WeightKind.ln_final_w, WeightKind.ln_final_b,
        ];
        WeightKind[] ofLayers =
        [
            WeightKind.ln1_w, WeightKind.ln1_b, WeightKind.ln2_w, WeightKind.ln2_b, WeightKind.b_O, WeightKind.W_in, WeightKind.b_in,
            WeightKind.W_out, WeightKind.b_out,
        ];
        WeightKind[] ofHeads =
        [
            WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V,
        ];
        foreach (var kind in once)
            Set(kind, default);
        foreach (var head in config.AllHeads)
        {
            foreach (var kind in ofHeads)
                Set(kind, head);
            foreach (var kind in head.Head == 0 ? ofLayers : [])
                Set(kind, head);
        }
        return new(config, weights);

        void Set(WeightKind kind, HeadIndex head)
        {
            var (rows, columns) = config.ShapeOf(kind);
            weights.Set(kind, head, Matrix.Create(rows, columns, (_, _) => (float)((random.NextDouble() * 2) - 1)));
        }
    }

    // x + attention to itself + MLP, in double precision. Positions are not in it.
    private static double[] AfterFirst(TransformerWeights weights, int token)
    {
        double[] stream = [.. Enumerable.Range(0, D).Select(i => (double)weights.W_E[token, i])];
        double[] read = Norm(stream, WeightKind.ln1_w, WeightKind.ln1_b);
        double[] middle = Sum(stream, Row(WeightKind.b_O));
        for (int head = 0; head < 2; head++)
        {
            double[] values = Sum(Times(read, weights.W_V(new(0, head))), Values(weights.Read(WeightKind.b_V, new(0, head))));
            middle = Sum(middle, Times(values, weights.W_O(new(0, head))));
        }
        double[] ofMlp = Norm(middle, WeightKind.ln2_w, WeightKind.ln2_b);
        double[] neurons = Sum(Times(ofMlp, weights.Read(WeightKind.W_in)), Row(WeightKind.b_in));
        double[] active = [.. neurons.Select(x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))))];
        return Sum(Sum(middle, Times(active, weights.Read(WeightKind.W_out))), Row(WeightKind.b_out));

        double[] Norm(double[] x, WeightKind gain, WeightKind bias)
        {
            double mean = x.Average(), variance = x.Average(value => (value - mean) * (value - mean));
            return [.. x.Select((value, i) => ((value - mean) / Math.Sqrt(variance + 1e-5) * Row(gain)[i]) + Row(bias)[i])];
        }

        double[] Row(WeightKind kind) => Values(weights.Read(kind));

        static double[] Values(Matrix row) => [.. row.Values.ToArray().Select(value => (double)value)];

        static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

        static double[] Times(double[] x, Matrix matrix) =>
            [.. Enumerable.Range(0, matrix.Columns).Select(j => x.Select((value, i) => value * matrix[i, j]).Sum())];
    }
}
