using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class GramMatricesTests
{
    private const int Width = 3;

    // Chunks are of 4,096 rows: less than one, all of one, some and a part.
    [Theory]
    [InlineData(100, false)]
    [InlineData(4096, true)]
    [InlineData(9001, false)]
    [InlineData(9001, true)]
    public void Of_AnyNumberOfRows_IsTheMeanOfProducts(int vocabulary, bool isCentred)
    {
        var random = new Random(1);
        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)((random.NextDouble() * 2) - 0.5));
        Matrix embedding = Noise(vocabulary, Width), unembedding = Noise(Width, vocabulary);
        int[] labels = [.. Enumerable.Range(0, vocabulary).Select(token => (token * 7) % vocabulary)];
        var problem = FitProblem.Create(embedding, unembedding, new FitExamples([.. Enumerable.Range(0, vocabulary)], labels));
        var gram = GramMatrices.Of(problem, isCentred, TestContext.Current.CancellationToken);

        double[] means = [.. Enumerable.Range(0, Width).Select(k => isCentred ? Mean(token => unembedding[k, token]) : 0)];
        for (int i = 0; i < Width; i++)
            for (int j = 0; j < Width; j++)
            {
                double Output(int k, int token) => unembedding[k, token] - means[k];
                Near(Mean(token => embedding[token, i] * (double)embedding[token, j]), gram.Sources);
                Near(Mean(token => Output(i, token) * Output(j, token)), gram.Outputs);
                Near(Mean(token => embedding[token, i] * Output(j, labels[token])), gram.Cross);

                void Near(double expected, double[] actual) => Assert.Equal(expected, actual[(i * Width) + j], 4);
            }

        double Mean(Func<int, double> value) => Enumerable.Range(0, vocabulary).Average(value);
    }
}
