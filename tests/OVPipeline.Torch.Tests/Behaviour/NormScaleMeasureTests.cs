using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>Measured scales, and circuits at them, against forward passes in plain loops and double precision.</summary>
public sealed class NormScaleMeasureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PositionKind.Shortformer, NormalizationKind.LN)]
    [InlineData(PositionKind.Standard, NormalizationKind.LNPre)]
    public void Over_RandomModel_IsTheMeanOfOneOverSigmaByToken(PositionKind positions, NormalizationKind kind)
    {
        using var model = TestModels.Random(TestModels.Config(positions, kind, biases: true));
        using var scope = torch.NewDisposeScope();
        int[][] sequences = [[3, 4, 3, 5, 3], [4, 3, 6, 5, 4]];
        const int Fewest = 3;
        var measured = NormScaleMeasure.Over(model, sequences.Select(row => TestModels.Batch([row])), "made-up text", Fewest, Cancellation);

        (int Token, double[] Scales)[] plain = [.. sequences.SelectMany(row => Streams(model, row))];
        for (int norm = 0; norm < 3; norm++)
            for (int token = 0; token < model.Config.Vocabulary; token++)
            {
                double mean = plain.Average(one => one.Scales[norm]);
                double[] own = [.. plain.Where(one => one.Token == token).Select(one => one.Scales[norm])];
                double expected = own.Length >= Fewest ? own.Average() : mean;
                Assert.Equal(expected, norm < 2 ? measured.Attention[norm][token] : measured.Final[token], 1e-5);
                if (norm == 2)
                    Assert.Equal(mean, measured.Output[token], 1e-5);
            }
        Assert.Equal("means over 10 positions of made-up text, by token where it stands 3 times", measured.Source);
    }

    [Fact]
    public void OfHeads_MeasuredAtOnePosition_IsTheHeadsDirectPathOfTheForwardPass()
    {
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LN, biases: true));
        using var scope = torch.NewDisposeScope();
        var weights = model.Weights;
        foreach (int token in new[] { 0, 7, 22 })
        {
            // One token: the pattern of every head is 1 on it.
            var measured = NormScaleMeasure.Over(model, [TestModels.Batch([[token]])], "one token", 1, Cancellation);
            var held = weights.WithNormScales(measured);
            using var pass = model.Run(TestModels.Batch([[token]]), ForwardParts.HeadOutputs);
            double[] scales = Streams(model, [token]).Single().Scales;
            foreach (var head in weights.Config.AllHeads)
            {
                double[] written = head.Layer == 0
                    ? WrittenByForwardPass(pass, weights, head)
                    : Times(Times(Read(head), weights.W_V(head)), weights.W_O(head));
                double[] expected = Times(Normalized(written, scales[2], Gain(weights, WeightKind.ln_final_w, default)), weights.W_U);
                var circuit = TokenCircuit.OfHeads(held, head);
                double[] row = Times([.. circuit.H.Row(token).ToArray().Select(value => (double)value)], circuit.G);
                Assert.All(expected.Zip(row), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
                Assert.True(expected.Max(Math.Abs) > 0.05);
            }

            double[] Read(HeadIndex head) =>
                Normalized(weights.W_E.Row(token).ToArray(), scales[head.Layer], Gain(weights, WeightKind.ln1_w, head));
        }
    }

    [Fact]
    public void OfHeads_ScaleIsConstantByConstruction_HasTheModelsLogLoss()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = Transformer.FromWeights(ConstantScale());
        using var scope = torch.NewDisposeScope();
        int[][] single = [.. Enumerable.Range(0, model.Config.Vocabulary).Select(token => new[] { token })];
        var tokens = TestModels.Batch(single);
        using var pass = model.Run(tokens, ForwardParts.Losses, targets: tokens);
        double loss = pass.Losses.mean().item<float>();
        var measured = NormScaleMeasure.Over(model, [tokens], "each token alone", 1, Cancellation);
        Assert.Equal(loss, LogLoss(model.Weights.WithNormScales(measured)), 1e-5);
        Assert.Equal(1, measured.Attention[0].Max() / measured.Attention[0].Min(), 1e-5);
        Assert.True(Math.Abs(LogLoss(model.Weights) - loss) > 0.1, "gains and scales make a difference");
        Assert.True(Math.Abs(LogLoss(model.Weights.WithNormScales(NormScales.OfLoneEmbedding(model.Weights, Cancellation))) - loss) > 0.01,
            "what the head itself writes is in the final norm's scale");
    }

    [Fact]
    public void FromWeights_NormsFoldedForCircuits_AreRefusedAndTheModelsOwnAreNot()
    {
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LN));
        var held = model.Weights.WithNormScales(NormScales.OfLoneEmbedding(model.Weights, Cancellation));
        foreach (var weights in new[] { held, model.Weights.FoldNorms() })
            Assert.Contains("TransformerWeights.Model", Assert.Throws<CheckpointException>(() => AttentionOnlyConfig.Of(weights)).Message,
                StringComparison.Ordinal);
        using var again = Transformer.FromWeights(held.Model);
        using var scope = torch.NewDisposeScope();
        var tokens = TestModels.Batch([[1, 2, 3]]);
        Assert.Equal(0, (model.forward(tokens) - again.forward(tokens)).abs().max().item<float>());
    }

    [Fact]
    public void Over_WithoutNormsOrTokens_SaysSo()
    {
        using var bare = TestModels.Random(TestModels.Config());
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LN));
        Assert.Throws<InvalidOperationException>(() => NormScaleMeasure.Over(bare, [], "nothing", cancellationToken: Cancellation));
        Assert.Throws<ArgumentException>(() => NormScaleMeasure.Over(model, [], "nothing", cancellationToken: Cancellation));
    }

    // A position's token, and 1 / sigma before each layer and before the unembedding.
    private static IEnumerable<(int Token, double[] Scales)> Streams(Transformer model, int[] tokens)
    {
        var plain = new PlainForward(model.Config, model.Weights).Run(tokens);
        var weights = model.Weights;
        for (int t = 0; t < tokens.Length; t++)
        {
            double[] stream = [.. plain.Embedded[t]];
            List<double> scales = [Inverse(stream)];
            for (int layer = 0; layer < model.Config.Layers; layer++)
            {
                var bias = weights.Read(WeightKind.b_O, new(layer, 0));
                double Written(int i) => weights.Config.HeadsOf(layer).Sum(head => plain.Outputs[head][t][i]);
                stream = [.. stream.Select((value, i) => value + bias[0, i] + Written(i))];
                scales.Add(Inverse(stream));
            }
            yield return (tokens[t], [.. scales]);
        }
    }

    private static double Inverse(double[] row) => 1 / Math.Sqrt(row.Average(value => Math.Pow(value - row.Average(), 2)) + 1e-5);

    // What the module's head wrote at the only position, less what it writes whatever the token is: (b_V + ln1.b W_V) W_O.
    private static double[] WrittenByForwardPass(ForwardPass pass, TransformerWeights weights, HeadIndex head)
    {
        using var output = pass.HeadOutputs[head.Layer].select(2, head.Head).flatten();
        double[] written = [.. output.data<float>().ToArray().Select(value => (double)value)];
        var bias = weights.Read(WeightKind.ln1_b, new(head.Layer, 0));
        var values = weights.Read(WeightKind.b_V, head);
        double[] ofNorm = Times([.. bias.Values.ToArray().Select(value => (double)value)], weights.W_V(head));
        double[] constant = Times([.. ofNorm.Select((value, i) => value + values[0, i])], weights.W_O(head));
        return [.. written.Zip(constant, (a, b) => a - b)];
    }

    private static double[] Gain(TransformerWeights weights, WeightKind kind, HeadIndex head) =>
        [.. weights.Read(kind, new(head.Layer, 0)).Values.ToArray().Select(value => (double)value)];

    private static double[] Normalized(float[] row, double scale, double[] gain) =>
        Normalized([.. row.Select(value => (double)value)], scale, gain);

    private static double[] Normalized(double[] row, double scale, double[] gain) =>
        [.. row.Select((value, i) => (value - row.Average()) * scale * gain[i])];

    private static double[] Times(double[] row, Matrix map) =>
        [.. Enumerable.Range(0, map.Columns).Select(column => row.Select((value, i) => value * map[i, column]).Sum())];

    private static double LogLoss(TransformerWeights weights) => CpuEngine.Shared
        .ScoreVocabulary(TokenCircuit.OfHeads(weights, new HeadIndex(0, 0)), new() { LabelLogLoss = true }, cancellationToken: Cancellation)
        .LabelLogLosses.Average();

    // Fourteen tokens, plus and minus the seven rows of a Hadamard matrix without a mean. The head writes them into the other half of the
    // stream, which alone the unembedding reads: every stream has the same size, and nothing reaches the logits but through the head.
    private static TransformerWeights ConstantScale()
    {
        const int Half = 8, Rows = 7, Tokens = 2 * Rows;
        var config = new TransformerConfig
        {
            Name = "constant",
            Layers = 1,
            Heads = 1,
            DModel = 2 * Half,
            DHead = Rows,
            Vocabulary = Tokens,
            Context = 1,
            AttentionOnly = true,
            Normalization = "LN",
            PositionalEmbedding = "shortformer",
        };
        var random = new Random(3);
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, Matrix.Create(Tokens, 2 * Half, (token, i) => i < Half ? Size(token) * Sign(token % Rows, i) : 0));
        weights.Set(WeightKind.W_pos, new Matrix(1, 2 * Half));
        weights.Set(WeightKind.W_Q, default, new Matrix(2 * Half, Rows));
        weights.Set(WeightKind.W_K, default, new Matrix(2 * Half, Rows));
        weights.Set(WeightKind.W_V, default, Matrix.Create(2 * Half, Rows, (i, k) => i < Half ? Sign(k, i) / Half : 0));
        weights.Set(WeightKind.W_O, default, Matrix.Create(Rows, 2 * Half, (k, i) => i < Half ? 0 : 0.2f * Sign(k, i - Half)));
        weights.Set(WeightKind.W_U, Matrix.Create(2 * Half, Tokens, (i, _) => i < Half ? 0 : (float)random.NextDouble() - 0.5f));
        (WeightKind, float)[] norms =
            [(WeightKind.ln1_w, 1.7f), (WeightKind.ln_final_w, 2.5f), (WeightKind.ln1_b, 0), (WeightKind.ln_final_b, 0)];
        foreach (var (kind, value) in norms)
            weights.Set(kind, Matrix.Create(1, 2 * Half, (_, _) => value));
        return new(config, weights);

        static float Size(int token) => token < Rows ? 0.3f : -0.3f;

        static float Sign(int row, int column) => int.PopCount((row + 1) & column) % 2 == 0 ? 1 : -1;
    }
}
