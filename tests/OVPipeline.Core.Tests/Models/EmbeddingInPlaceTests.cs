using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Models;

public sealed class EmbeddingInPlaceTests
{
    private const string What = "something else";
    private static readonly HeadIndex s_head = new(1, 0), s_later = new(2, 1);
    private static readonly Matrix s_embedding = TestMatrices.Random(AttentionModel.V, AttentionModel.D, 99);

    [Fact]
    public void WithEmbedding_Circuits_ReadIt()
    {
        var model = AttentionModel.Create();
        var other = model.WithEmbedding(s_embedding, What);
        var ov = Dense(model.W_V(s_head)) * Dense(model.W_O(s_head));
        Near(Dense(s_embedding) * ov * Dense(model.W_U), TokenCircuit.OfHeads(other, s_head));
        Near(Dense(s_embedding) * Dense(model.W_U), TokenCircuit.Direct(other));
        var later = Dense(model.W_V(s_later)) * Dense(model.W_O(s_later));
        Near(Dense(s_embedding) * ov * later * Dense(model.W_U), TokenCircuit.OfVirtualHead(other, s_head, s_later));
        var qk = Dense(model.W_Q(s_head)) * Dense(model.W_K(s_head)).Transpose();
        Near(Dense(s_embedding) * qk * Dense(s_embedding).Transpose(), TokenCircuit.OfQK(other, s_head));
        Assert.Equal(s_embedding.Values, other.ReadTokens(WeightKind.W_E, 0, AttentionModel.V).Values);
        Assert.Equal(s_embedding.SelectRows([5, 6]).Values, other.ReadTokens(WeightKind.W_E, 5, 2).Values);
    }

    [Fact]
    public void WithEmbedding_Model_IsTheOneThatRuns()
    {
        var model = AttentionModel.Create();
        var other = model.WithEmbedding(s_embedding, What);
        Assert.Same(model, other.Model);
        Assert.True(other.HasOtherEmbedding && other.FoldNorms().HasOtherEmbedding && !model.HasOtherEmbedding);
        Assert.Equal(["as made", "W_E is something else"], other.Processing);
        Assert.Equal(other.Processing, TokenCircuit.OfHeads(other, s_head).Origin.Processing);
        Assert.Equal(["as made"], model.Processing);
        Assert.Equal(["as made", "W_E is a third"], other.WithEmbedding(s_embedding, "a third").Processing);
    }

    [Fact]
    public void WithEmbedding_NormsFoldedAndHeldAfterwards_AreThoseOfTheEmbedding()
    {
        var model = AttentionModel.Create(
            weights =>
            {
                for (int layer = 0; layer < 3; layer++)
                    weights.Set(WeightKind.ln1_w, new(layer, 0), TestMatrices.Random(1, AttentionModel.D, 70 + layer));
                weights.Set(WeightKind.ln_final_w, TestMatrices.Random(1, AttentionModel.D, 80));
            },
            kind: config => config with { Normalization = "LN", PositionalEmbedding = "shortformer" });
        var other = model.WithEmbedding(s_embedding, What);
        // The same model with the embedding as its own.
        var own = AttentionModel.Create(
            weights =>
            {
                weights.Set(WeightKind.W_E, s_embedding);
                for (int layer = 0; layer < 3; layer++)
                    weights.Set(WeightKind.ln1_w, new(layer, 0), TestMatrices.Random(1, AttentionModel.D, 70 + layer));
                weights.Set(WeightKind.ln_final_w, TestMatrices.Random(1, AttentionModel.D, 80));
            },
            kind: config => config with { Normalization = "LN", PositionalEmbedding = "shortformer" });
        Near(Dense(TokenCircuit.OfHeads(own.FoldNorms(), s_head).Logits), TokenCircuit.OfHeads(other.FoldNorms(), s_head));
        var (scales, ofOwn) = (NormScales.OfLoneEmbedding(other), NormScales.OfLoneEmbedding(own));
        Assert.Equal(ofOwn.Output, scales.Output);
        var held = other.WithNormScales(scales);
        Near(Dense(TokenCircuit.OfHeads(own.WithNormScales(ofOwn), s_head).Logits), TokenCircuit.OfHeads(held, s_head));
        Near(Dense(TokenCircuit.Direct(own.WithNormScales(ofOwn)).Logits), TokenCircuit.Direct(held));
        Assert.Contains("W_E is something else", held.Processing);
        Assert.True(held.HasOtherEmbedding && !own.FoldNorms().HasOtherEmbedding);
        Assert.Same(model, held.Model);
        Assert.Same(model, held.ReadBy(0).Model);
        Near(Dense(own.WithNormScales(ofOwn).ReadBy(0).W_E), held.ReadBy(0).W_E);
    }

    [Fact]
    public void WithEmbedding_OtherSizesOrNoNumbers_Refuses()
    {
        var model = AttentionModel.Create();
        Assert.Contains("[40, 12]", Assert.Throws<ArgumentException>(() => model.WithEmbedding(new(3, 12), What)).Message,
            StringComparison.Ordinal);
        var nan = TestMatrices.Random(AttentionModel.V, AttentionModel.D, 99);
        nan.Data[(7 * AttentionModel.D) + 2] = float.NaN;
        var error = Assert.Throws<ArgumentException>(() => model.WithEmbedding(nan, What));
        Assert.Contains("token 7", error.Message, StringComparison.Ordinal);
    }

    private static void Near(MathNet.Numerics.LinearAlgebra.Matrix<double> expected, TokenCircuit circuit) =>
        Assert.Equal(0, (expected - Dense(circuit.Logits)).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);

    private static void Near(MathNet.Numerics.LinearAlgebra.Matrix<double> expected, Matrix matrix) =>
        Assert.Equal(0, (expected - Dense(matrix)).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);
}
