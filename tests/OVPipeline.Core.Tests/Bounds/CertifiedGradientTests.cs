using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The double-precision pass: its figures, their error bounds, and its bits.</summary>
public class CertifiedGradientTests
{
    [Theory]
    [InlineData(1, 1, 1), InlineData(3, 7, 2), InlineData(70, 13, 5), InlineData(133, 2100, 9)]
    public void At_AnySizes_IsWhatExactArithmeticGives(int rows, int columns, int width)
    {
        var problem = Problem(rows, columns, width);
        var map = Coarse(width, width, 4);
        var at = CertifiedGradient.At(problem, map, default);
        var (loss, gradient) = Reference(problem, map);
        Assert.InRange(Math.Abs(at.Loss - (double)loss), 0, at.LossError);
        double off = Math.Sqrt(at.Gradient.Zip(gradient, (own, exact) => (own - (double)exact) * (own - (double)exact)).Sum());
        Assert.InRange(off, 0, at.GradientError);
        Assert.InRange(at.LossError, 1e-17, 1e-9);
        Assert.InRange(at.GradientError, 1e-17, 1e-9);
        var (single, singleGradient) = new LogLossGradient(problem).LossAndGradient(map, default);
        Assert.Equal(at.Loss, single, 1e-4);
        for (int i = 0; i < at.Gradient.Length; i++)
            Assert.Equal(at.Gradient[i], singleGradient.Values[i], 1e-4);
    }

    [Fact]
    public void LossAndGradient_ManyBlocksOfRows_IsTheDoubleOne()
    {
        var problem = Problem(450, 6000, 4); // three blocks of rows, the last a shorter one
        var map = TestMatrices.Random(4, 4, 4);
        var at = CertifiedGradient.At(problem, map, default);
        var function = new LogLossGradient(problem);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            Assert.Equal(at.Loss, function.Loss(map, default), 1e-4);
            Assert.Equal(at.Gradient.Select(value => Math.Round(value, 4)),
                function.LossAndGradient(map, default).Gradient.Values.ToArray().Select(value => Math.Round((double)value, 4)));
        }
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(6)]
    public void AtMost_AnyMatrix_IsNotBelowTheSingularValues(int rank)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var small = TestMatrices.Random(6, 6, seed);
            var matrix = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(6, 6, (i, j) => small[i, j] * Math.Pow(10, -i));
            double exact = Math.Sqrt(matrix.Svd().S.Take(rank).Sum(value => value * value));
            Assert.InRange(TopNorm.AtMost([.. matrix.EnumerateRows().SelectMany(row => row)], rank), exact, exact * (1 + 1e-6));
            Assert.Equal(exact, TopNorm.Of(matrix, rank), 1e-9);
        }
    }

    private static FitProblem Problem(int rows, int columns, int width)
    {
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(i => 1f + (i % 3))];
        return FitProblem.Create(Coarse(rows, width, 1), Coarse(width, columns, 2),
            new FitExamples([.. Enumerable.Range(0, rows)], labels, weights));
    }

    private static Matrix Coarse(int rows, int columns, int seed)
    {
        var random = TestMatrices.Random(rows, columns, seed);
        return Matrix.Create(rows, columns, (i, j) => Math.Clamp(MathF.Round(random[i, j] * 4096) / 4096, -1.9f, 1.9f));
    }

    // Logits in decimal, of 28 digits; exponentials by their series.
    private static (decimal Loss, decimal[] Gradient) Reference(FitProblem problem, Matrix map)
    {
        int width = problem.Width, columns = problem.OutputVocabulary;
        decimal loss = 0;
        var gradient = new decimal[width * width];
        for (int row = 0; row < problem.Rows; row++)
        {
            var source = new decimal[width];
            for (int k = 0; k < width; k++)
                for (int m = 0; m < width; m++)
                    source[m] += Exact(problem.Sources[row, k]) * Exact(map[k, m]);
            var logits = new decimal[columns];
            for (int j = 0; j < columns; j++)
                for (int m = 0; m < width; m++)
                    logits[j] += source[m] * Exact(problem.Unembedding[m, j]);
            decimal largest = logits.Max(), weight = Exact(problem.Weights[row]);
            decimal[] exponentials = [.. logits.Select(logit => Exp(logit - largest))];
            decimal sum = exponentials.Sum();
            loss += weight * (Log(sum) + largest - logits[problem.Labels[row]]);
            for (int m = 0; m < width; m++)
            {
                decimal pull = -Exact(problem.Unembedding[m, problem.Labels[row]]);
                for (int j = 0; j < columns; j++)
                    pull += exponentials[j] / sum * Exact(problem.Unembedding[m, j]);
                for (int k = 0; k < width; k++)
                    gradient[(k * width) + m] += weight * Exact(problem.Sources[row, k]) * pull;
            }
        }
        return (loss, gradient);

        // Every value here is a multiple of 2^-61 below 2: a whole number of them has no rounding, as a cast to decimal would have.
        static decimal Exact(double value) => (long)(value * (1L << 61)) / (decimal)(1L << 61);

        static decimal Exp(decimal x)
        {
            decimal part = x / 1024, term = 1, sum = 1;
            for (int n = 1; n < 30; n++)
                sum += term = term * part / n;
            for (int i = 0; i < 10; i++)
                sum *= sum;
            return sum;
        }

        static decimal Log(decimal x)
        {
            decimal y = (decimal)Math.Log((double)x);
            for (int i = 0; i < 3; i++)
                y += 2 * (x - Exp(y)) / (x + Exp(y));
            return y;
        }
    }
}
