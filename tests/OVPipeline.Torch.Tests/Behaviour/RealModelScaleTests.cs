using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using OVPipeline.Tests.Common;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// Trained models with layer norms (of the course's monthly problems, in <c>shared</c> beside the repository): circuits at scales measured
/// on one sequence against its forward pass in plain loops and double precision.
/// </summary>
public sealed class RealModelScaleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("august23_unique_char-first_unique_char_model.pt")]
    [InlineData("september23_sum-sum_model.pt")]
    public void OfHeads_MeasuredOnOneToken_IsEachHeadsDirectPath(string file)
    {
        NativeFiles.SkipWithoutBackend();
        using var model = Transformer.FromWeights(Load(file));
        using var scope = torch.NewDisposeScope();
        var weights = model.Weights;
        double largest = 0;
        for (int token = 0; token < weights.Config.Vocabulary; token++)
        {
            var held = weights.WithNormScales(NormScaleMeasure.Over(model, [TestModels.Batch([[token]])], "one token", 1, Cancellation));
            var plain = new PlainForward(model.Config, weights).Run([token]);
            double[] stream = [.. plain.Embedded[0]];
            List<double> scales = [];
            for (int layer = 0; layer < weights.Config.Layers; layer++)
            {
                scales.Add(Inverse(stream));
                var bias = weights.Read(WeightKind.b_O, new(layer, 0));
                double Written(int i) => weights.Config.HeadsOf(layer).Sum(head => plain.Outputs[head][0][i]);
                stream = [.. stream.Select((value, i) => value + bias[0, i] + Written(i))];
            }
            foreach (var head in weights.Config.AllHeads)
            {
                // Attention is 1 on the only token; of what the head reads there, the embedding alone.
                double[] read = Normed(Row(weights.W_E, token), scales[head.Layer], weights.Read(WeightKind.ln1_w, new(head.Layer, 0)));
                double[] written = Times(Times(read, weights.W_V(head)), weights.W_O(head));
                double[] expected = Times(Normed(written, Inverse(stream), weights.Read(WeightKind.ln_final_w)), weights.W_U);
                var circuit = TokenCircuit.OfHeads(held, head);
                double[] found = Times(Row(circuit.H, token), circuit.G);
                Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
                largest = Math.Max(largest, expected.Max(Math.Abs));
            }
        }
        Assert.True(largest > 0.1);
    }

    [Theory]
    [InlineData("august23_unique_char-first_unique_char_model.pt")]
    [InlineData("september23_sum-sum_model.pt")]
    public void LoneEmbedding_Ranks_AreThoseOfFoldedWeightsAtNoScale(string file)
    {
        var weights = Load(file);
        var held = weights.WithNormScales(NormScales.OfLoneEmbedding(weights, Cancellation));
        var options = new ScoringOptions { LabelRank = true, LabelLogLoss = true };
        foreach (var head in weights.Config.AllHeads)
        {
            var folded = CpuEngine.Shared.ScoreVocabulary(
                TokenCircuit.OfHeads(weights.FoldNorms(), head), options, cancellationToken: Cancellation);
            var scaled = CpuEngine.Shared.ScoreVocabulary(TokenCircuit.OfHeads(held, head), options, cancellationToken: Cancellation);
            Assert.Equal(folded.LabelRanks, scaled.LabelRanks);
            Assert.NotEqual(folded.LabelLogLosses, scaled.LabelLogLosses);
        }
    }

    // The files say nothing of positions and direction; standard and causal are what these models are, and any would do for this.
    private static TransformerWeights Load(string file)
    {
        var loaded = TransformerCheckpoint.Load(SharedFiles.PathOf("models", "real", "arena", file)).Weights;
        var weights = new InMemoryWeights();
        foreach (var kind in Enum.GetValues<WeightKind>().Where(loaded.Has))
            foreach (var head in loaded.Config.AllHeads)
                weights.Set(kind, WeightNames.IsOfHeads(kind) ? head : IsOfLayer(kind) ? new(head.Layer, 0) : default,
                    loaded.Read(kind, head));
        return new(loaded.Config with { PositionalEmbedding = "standard" }, weights);
    }

    private static bool IsOfLayer(WeightKind kind) => kind is WeightKind.b_O or WeightKind.ln1_w or WeightKind.ln1_b;

    private static double Inverse(double[] row) => 1 / Math.Sqrt(row.Average(value => Math.Pow(value - row.Average(), 2)) + 1e-5);

    private static double[] Row(Matrix matrix, int row) => [.. matrix.Row(row).ToArray().Select(value => (double)value)];

    private static double[] Normed(double[] row, double scale, Matrix gain) =>
        [.. row.Select((value, i) => (value - row.Average()) * scale * gain[0, i])];

    private static double[] Times(double[] row, Matrix map) =>
        [.. Enumerable.Range(0, map.Columns).Select(column => row.Select((value, i) => value * map[i, column]).Sum())];
}
