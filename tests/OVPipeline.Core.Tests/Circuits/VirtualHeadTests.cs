using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Circuits;

public sealed class VirtualHeadTests
{
    private static readonly HeadIndex s_earlier = new(0, 1), s_later = new(2, 0);

    [Fact]
    public void OfVirtualHead_TwoHeads_IsTheProductOfTheirCircuits()
    {
        var model = AttentionModel.Create();
        var expected = Dense(model.W_E) * Dense(model.W_V(s_earlier)) * Dense(model.W_O(s_earlier))
            * Dense(model.W_V(s_later)) * Dense(model.W_O(s_later)) * Dense(model.W_U);
        var circuit = TokenCircuit.OfVirtualHead(model, s_earlier, s_later);
        Assert.Equal(0, (expected - Dense(circuit.Logits)).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);
        var throughResidual = Dense(model.W_E) * Dense(circuit.Residual) * Dense(model.W_U);
        Assert.Equal(0, (expected - throughResidual).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);
        Assert.Equal((AttentionModel.DHead, "0.1 -> 2.0"), (circuit.Rank, circuit.Name));
        Assert.Equal([s_earlier, s_later], circuit.Heads);
        Assert.Equal(CircuitAxes.SourceToOutput, circuit.Origin.Axes);
    }

    // numpy's eigvals of the dense matrix.
    [Fact]
    public void CopyingScore_IntegerModel_IsNumpys()
    {
        Assert.Equal(0.20851626187707628, IntegerModel.Circuit(IntegerModel.Virtual).CopyingScore(), 1e-6);
        Assert.Equal(0.3740488961131786, IntegerModel.Circuit(IntegerModel.First).CopyingScore(), 1e-6);
        Assert.Equal(0.9943460405703597, IntegerModel.Circuit(IntegerModel.Second).CopyingScore(), 1e-6);
    }

    [Fact]
    public void OfVirtualHead_GainsAndCentring_StandBetweenTheHeads()
    {
        var raw = Normed();
        var folded = raw.FoldNorms();
        var circuit = TokenCircuit.OfVirtualHead(folded, s_earlier, s_later);
        double[][] expected = ByHand(raw, token => 1);
        Assert.All(Enumerable.Range(0, AttentionModel.V), i => Equal(expected[i], circuit, i));
    }

    [Fact]
    public void OfVirtualHead_NormsHeld_AreThoseOfThreeNorms()
    {
        var raw = Normed();
        var scales = NormScales.OfLoneEmbedding(raw);
        var circuit = TokenCircuit.OfVirtualHead(raw.WithNormScales(scales), s_earlier, s_later);
        double[][] expected = ByHand(
            raw, token => scales.Attention[0][token] * (double)scales.Attention[2][token] * scales.Output[token]);
        Assert.All(Enumerable.Range(0, AttentionModel.V), i => Equal(expected[i], circuit, i));
    }

    [Fact]
    public void OfVirtualHead_NotEarlier_Refuses()
    {
        var error = Assert.Throws<ArgumentException>(() => TokenCircuit.OfVirtualHead(AttentionModel.Create(), new(1, 0), new(1, 1)));
        Assert.Contains("1.0 is not in a layer before 1.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transpose_Circuit_HasItsColumnsAsRows()
    {
        var model = AttentionModel.Create();
        var circuit = TokenCircuit.OfHeads(model, s_earlier);
        var transposed = circuit.Transpose();
        Assert.Equal(0, (Dense(circuit.Logits).Transpose() - Dense(transposed.Logits)).FrobeniusNorm(), 1e-4);
        Assert.Equal(0, (Dense(circuit.Residual).Transpose() - Dense(transposed.Residual)).FrobeniusNorm(), 1e-4);
        Assert.Equal((CircuitAxes.OutputToSource, CircuitAxes.SourceToOutput),
            (transposed.Origin.Axes, transposed.Transpose().Origin.Axes));
        var queries = TokenCircuit.OfQK(model, s_earlier);
        Assert.Equal(CircuitAxes.KeyToQuery, queries.Transpose().Origin.Axes);
        Assert.Equal(CircuitAxes.QueryToKey, queries.Transpose().Transpose().Origin.Axes);
    }

    private static TransformerWeights Normed() => AttentionModel.Create(
        weights =>
        {
            for (int layer = 0; layer < 3; layer++)
                weights.Set(WeightKind.ln1_w, new(layer, 0), TestMatrices.Random(1, AttentionModel.D, 70 + layer));
            weights.Set(WeightKind.ln_final_w, TestMatrices.Random(1, AttentionModel.D, 80));
        },
        kind: config => config with { Normalization = "LN", PositionalEmbedding = "shortformer" });

    // A lone row through centring, gain, head, centring, gain, head, centring, gain and W_U, one vector at a time.
    private static double[][] ByHand(TransformerWeights raw, Func<int, double> scale)
    {
        var unembedding = Dense(raw.W_U);
        return [.. Enumerable.Range(0, AttentionModel.V).Select(token =>
        {
            var row = Dense(raw.W_E).Row(token);
            foreach (var head in new[] { s_earlier, s_later })
                row = Through(row, raw.Read(WeightKind.ln1_w, new(head.Layer, 0))) * Dense(raw.W_V(head)) * Dense(raw.W_O(head));
            return (Through(row, raw.Read(WeightKind.ln_final_w)) * unembedding * scale(token)).ToArray();
        })];

        static MathNet.Numerics.LinearAlgebra.Vector<double> Through(MathNet.Numerics.LinearAlgebra.Vector<double> row, Matrix gain)
        {
            double mean = row.Average();
            return row.MapIndexed((i, value) => (value - mean) * gain[0, i]);
        }
    }

    private static void Equal(double[] expected, TokenCircuit circuit, int token)
    {
        var row = Dense(circuit.H).Row(token) * Dense(circuit.G);
        double size = Math.Sqrt(expected.Sum(value => value * value));
        Assert.Equal(0, Math.Sqrt(row.Select((value, i) => (value - expected[i]) * (value - expected[i])).Sum()) / size, 1e-5);
    }
}
