using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class VocabularyLossTests
{
    private const int Width = 5;

    [Theory, InlineData(1, 1, false), InlineData(7, 16, true), InlineData(500, 49, false), InlineData(3, 6000, true)]
    public void Of_AnyRows_IsTheCrossEntropyInDouble(int rows, int vocabulary, bool biased)
    {
        var (unembedding, biases, targets) = Case(rows, vocabulary, biased);
        var streams = TestMatrices.Random(rows, Width, seed: 1);
        double[] losses = new VocabularyLoss(unembedding, biases).Of(streams, targets);
        for (int i = 0; i < rows; i++)
            Assert.Equal(Loss(Doubles(streams, i), unembedding, biases, targets[i]), losses[i], 1e-5);
    }

    // 500 rows over so many tokens are three blocks, the last of which is lower.
    [Theory, InlineData(7, 16, true), InlineData(500, 6000, false)]
    public void Gradient_AnyRows_IsThatOfTheMeanLoss(int rows, int vocabulary, bool biased)
    {
        var (unembedding, biases, targets) = Case(rows, vocabulary, biased);
        var streams = TestMatrices.Random(rows, Width, seed: 1);
        var gradient = new VocabularyLoss(unembedding, biases).Gradient(streams, targets);
        foreach (int i in new[] { 0, rows / 2, rows - 1 })
        {
            for (int k = 0; k < Width; k++)
            {
                double At(double move)
                {
                    double[] row = Doubles(streams, i);
                    row[k] += move;
                    return Loss(row, unembedding, biases, targets[i]);
                }
                Assert.Equal((At(1e-3) - At(-1e-3)) / 2e-3, rows * gradient[i, k], 1e-3);
            }
        }
    }

    [Theory, InlineData(7, 16, true), InlineData(500, 6000, false)]
    public void Along_AnyRows_IsSlopeAndCurvatureOfTheLoss(int rows, int vocabulary, bool biased)
    {
        var (unembedding, biases, targets) = Case(rows, vocabulary, biased);
        Matrix streams = TestMatrices.Random(rows, Width, seed: 1), added = TestMatrices.Random(rows, Width, seed: 4);
        var (slope, curvature) = new VocabularyLoss(unembedding, biases).Along(streams, added, targets);
        const double Move = 0.01;
        double down = At(-Move), here = At(0), up = At(Move);
        Assert.Equal((up - down) / (2 * Move), slope, 2e-3 * rows);
        Assert.Equal((up - 2 * here + down) / (Move * Move), curvature, 2e-3 * rows);

        double At(double factor) => Enumerable.Range(0, rows).Sum(i =>
        {
            double[] row = [.. Enumerable.Range(0, Width).Select(k => streams[i, k] + factor * added[i, k])];
            return Loss(row, unembedding, biases, targets[i]);
        });
    }

    [Fact]
    public void Of_RowsAfterOthers_AreWhatTheyAreAlone()
    {
        var (unembedding, biases, targets) = Case(40, 300, biased: true);
        var streams = TestMatrices.Random(40, Width, seed: 1);
        var loss = new VocabularyLoss(unembedding, biases);
        double[] all = loss.Of(streams, targets);
        Assert.Equal(all[..3], loss.Of(streams.SelectRows([0, 1, 2]), targets[..3]));
        Assert.Equal(all, loss.Of(streams, targets));
        Assert.Empty(loss.Of(new Matrix(0, Width), []));
    }

    private static (Matrix Unembedding, float[]? Biases, int[] Targets) Case(int rows, int vocabulary, bool biased) => (
        TestMatrices.Random(Width, vocabulary, seed: 2),
        biased ? [.. TestMatrices.Random(1, vocabulary, seed: 3).Values] : null,
        [.. Enumerable.Range(0, rows).Select(i => i * 7 % vocabulary)]);

    private static double[] Doubles(Matrix streams, int row) => [.. streams.Row(row).ToArray().Select(value => (double)value)];

    private static double Loss(ReadOnlySpan<double> stream, Matrix unembedding, float[]? biases, int target)
    {
        var logits = new double[unembedding.Columns];
        for (int j = 0; j < logits.Length; j++)
        {
            logits[j] = biases?[j] ?? 0;
            for (int k = 0; k < stream.Length; k++)
                logits[j] += stream[k] * unembedding[k, j];
        }
        double most = logits.Max();
        return Math.Log(logits.Sum(logit => Math.Exp(logit - most))) + most - logits[target];
    }
}
