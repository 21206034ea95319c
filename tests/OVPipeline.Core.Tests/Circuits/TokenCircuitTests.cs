using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Circuits;

public sealed class TokenCircuitTests
{
    private const int V = 40, D = 12, DHead = 3;

    private static TransformerWeights Model(Matrix? embedding = null)
    {
        var config = new TransformerConfig { Name = "tiny", Layers = 1, Heads = 2, DModel = D, DHead = DHead, Vocabulary = V };
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, embedding ?? TestMatrices.Random(V, D, 1));
        weights.Set(WeightKind.W_U, TestMatrices.Random(D, V, 2));
        foreach (var head in config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, TestMatrices.Random(D, DHead, 10 + head.Head));
            weights.Set(WeightKind.W_O, head, TestMatrices.Random(DHead, D, 20 + head.Head));
        }
        return new(config, weights);
    }

    [Fact]
    public void OfHeads_One_IsWeTimesWvTimesWoTimesWu()
    {
        var model = Model();
        var head = new HeadIndex(0, 1);
        var expected = Dense(model.W_E) * Dense(model.W_V(head)) * Dense(model.W_O(head)) * Dense(model.W_U);
        Assert.Equal(0, (expected - Dense(TokenCircuit.OfHeads(model, head).Logits)).FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void OfHeads_Two_IsTheSumAtTwiceTheRank()
    {
        var model = Model();
        var both = TokenCircuit.OfHeads(model, new HeadIndex(0, 0), new HeadIndex(0, 1));
        var sum = Dense(TokenCircuit.OfHeads(model, new HeadIndex(0, 0)).Logits)
            + Dense(TokenCircuit.OfHeads(model, new HeadIndex(0, 1)).Logits);
        Assert.Equal((2 * DHead, "0.0 + 0.1"), (both.Rank, both.Name));
        Assert.Equal(0, (sum - Dense(both.Logits)).FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void Direct_AnyModel_IsWeTimesWu()
    {
        var model = Model();
        Assert.Equal(0, (Dense(model.W_E) * Dense(model.W_U) - Dense(TokenCircuit.Direct(model).Logits)).FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void Truncate_Pair_KeepsResidualAndLogitsTheSameMap()
    {
        var model = Model();
        var truncated = TokenCircuit.OfHeads(model, new HeadIndex(0, 0), new HeadIndex(0, 1)).Truncate(DHead);
        Assert.Equal(DHead, truncated.Rank);
        var throughResidual = Dense(model.W_E) * Dense(truncated.Residual) * Dense(model.W_U);
        Assert.Equal(0, (throughResidual - Dense(truncated.Logits)).FrobeniusNorm(), 1e-3);
    }

    [Fact]
    public void CopyingScore_PositiveSemidefiniteAndItsNegative_AreOneAndMinusOne()
    {
        var embedding = TestMatrices.Random(V, D, 1);
        TokenCircuit Circuit(int sign) =>
            new("gram", embedding, Matrix.Create(D, V, (i, j) => sign * embedding[j, i]), FactoredMatrix.Identity(D));
        Assert.Equal(1, Circuit(1).CopyingScore(), 1e-9);
        Assert.Equal(-1, Circuit(-1).CopyingScore(), 1e-9);
    }

    [Fact]
    public void CopyingScore_Random_IsThatOfTheDenseEigenvalues()
    {
        var circuit = TokenCircuit.OfHeads(Model(), new HeadIndex(0, 0));
        var eigenvalues = Dense(circuit.Logits).Evd().EigenValues;
        Assert.Equal(eigenvalues.Sum(v => v.Real) / eigenvalues.Sum(v => v.Magnitude), circuit.CopyingScore(), 1e-4);
    }

    [Fact]
    public void CopyingScore_AllZero_IsZero() => Assert.Equal(
        0, new TokenCircuit("zero", new Matrix(V, 2), new Matrix(2, V), new(new Matrix(D, 2), new Matrix(2, D))).CopyingScore());

    [Fact]
    public void OfHeads_NoneOrTwice_Refuses()
    {
        Assert.Throws<ArgumentException>(() => TokenCircuit.OfHeads(Model()));
        var error = Assert.Throws<ArgumentException>(() => TokenCircuit.OfHeads(Model(), new HeadIndex(0, 1), new HeadIndex(0, 1)));
        Assert.Contains("0.1, 0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfHeads_NaNInTheEmbedding_NamesTheToken()
    {
        var embedding = Matrix.Create(V, D, (i, j) => i == 17 && j == 3 ? float.NaN : 1);
        var error = Assert.Throws<NotFiniteNumberException>(() => TokenCircuit.OfHeads(Model(embedding), new HeadIndex(0, 0)));
        Assert.Contains("the token with id 17) is not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_ShapesDiffer_NamesBoth()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new TokenCircuit("x", new Matrix(4, 2), new Matrix(3, 4), new(new Matrix(3, 2), new Matrix(2, 3))));
        Assert.Contains("[4, 2] and [3, 4]", error.Message, StringComparison.Ordinal);
    }
}
