using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace OVPipeline.Core.Tests;

public class EmbeddingWhiteningTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(true), InlineData(false)]
    public void Correlation_Copying_HasTheCanonicalCorrelations(bool centred)
    {
        const int Width = 9;
        var (embedding, unembedding) = FitFixtures.Embeddings(80, Width);
        var problem = FitProblem.Create(embedding, unembedding, FitExamples.Copying(80));
        var whitening = new EmbeddingWhitening(GramMatrices.Of(problem, centred, Token), Width, Token);
        var start = TruncatedSvd.StartOf(Width, Width, new Random(1));
        var actual = TruncatedSvd.Of(whitening.Correlation, Width, 1e-7, start, Token).Values;
        var x = Matrix<double>.Build.Dense(80, Width, (i, k) => embedding[i, k]);
        var y = Matrix<double>.Build.Dense(80, Width, (j, k) => unembedding[k, j] - (centred ? unembedding.Row(k).ToArray().Average() : 0));
        var expected = (x.QR().Q.SubMatrix(0, 80, 0, Width).Transpose() * y.QR().Q.SubMatrix(0, 80, 0, Width)).Svd().S;
        for (int k = 0; k < Width; k++)
            Assert.Equal(expected[k], actual[k], 1e-4);
    }

    [Fact]
    public void FromModel_ThenToModel_GivesTheFactorsBack()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(80, 9);
        var problem = FitProblem.Create(embedding, unembedding, FitExamples.Copying(80));
        var whitening = new EmbeddingWhitening(GramMatrices.Of(problem, centred: true, Token), 9, Token);
        FactorPair model = new(TestMatrices.Random(9, 4, seed: 5), TestMatrices.Random(9, 4, seed: 6));
        var back = whitening.ToModel(whitening.FromModel(model));
        for (int i = 0; i < model.Left.Values.Length; i++)
            Assert.Equal((model.Left.Values[i], model.Right.Values[i]), (back.Left.Values[i], back.Right.Values[i]),
                (p, q) => Math.Abs(p.Item1 - q.Item1) + Math.Abs(p.Item2 - q.Item2) < 1e-4);
    }

    [Fact]
    public void Of_WeightedExamples_EqualsRepeatedOnes()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(20, 4);
        var weighted = GramMatrices.Of(
            FitProblem.Create(embedding, unembedding, new([3, 5, 9], [1, 2, 2], [2, 0, 1])), centred: true, Token);
        var repeated = GramMatrices.Of(FitProblem.Create(embedding, unembedding, new([3, 3, 9], [1, 1, 2])), centred: true, Token);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(repeated.Sources[i], weighted.Sources[i], 1e-5);
            Assert.Equal(repeated.Cross[i], weighted.Cross[i], 1e-5);
            Assert.Equal(repeated.Outputs[i], weighted.Outputs[i]);
        }
    }
}
