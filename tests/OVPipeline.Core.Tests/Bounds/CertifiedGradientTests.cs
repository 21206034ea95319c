using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The double-precision pass: its figures, their error bounds, and its bits.</summary>
public class CertifiedGradientTests
{
    [Theory]
    [InlineData(1, 1, 1), InlineData(3, 7, 2), InlineData(70, 13, 5), InlineData(31, 31, 16), InlineData(133, 2100, 9)]
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
        var problem = Problem(451, 6000, 4); // three blocks of rows, the last a shorter one
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

    // What the remarks say of errors, row by row and without ado.
    [Theory]
    [InlineData(1, 1, 1, 1), InlineData(3, 7, 2, 1), InlineData(600, 3, 2, 0.1), InlineData(40, 900, 3, 0.01), InlineData(5, 4, 30, 30)]
    [InlineData(3, 3, 20, 1e6)]
    public void At_AnySizes_AllowsForEveryRounding(int rows, int columns, int width, double scale)
    {
        var problem = Problem(rows, columns, width);
        var map = Matrix.Create(width, width, (i, k) => (float)(scale * TestMatrices.Random(width, width, 4)[i, k]));
        double Gamma(double n) => n * Math.Pow(2, -53);
        double Length(IEnumerable<float> values) => Math.Sqrt(values.Sum(value => (double)value * value));
        double most = Enumerable.Range(0, columns).Max(j => Length(problem.Outputs.Row(j).ToArray()));
        double loss = 0, sizes = 0, gradient = 0, reaches = 0;
        for (int i = 0; i < rows; i++)
        {
            float[] source = problem.Sources.Row(i).ToArray();
            double[] logits = [.. Enumerable.Range(0, columns).Select(j => Enumerable.Range(0, width * width)
                .Sum(k => (double)source[k / width] * map.Values[k] * problem.Unembedding[k % width, j]))];
            double log = Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));
            double size = log + (2 * Math.Abs(logits.Max())) + (2 * Math.Abs(logits[problem.Labels[i]]));
            double error = 2 * Gamma(width) * Length(source) * Length(map.Values.ToArray()) * most;
            loss += problem.Weights[i] * ((2 * error) + Gamma(columns + 40) + (Gamma(40) * size));
            sizes += problem.Weights[i] * size;
            double reach = problem.Weights[i] * Length(source) * most;
            gradient += reach * ((2 * error) + Gamma(columns + 80) + Gamma(columns + 8));
            reaches += 2 * reach;
        }
        var at = CertifiedGradient.At(problem, map, default);
        // The errors' own slack is 1e-6, once for each norm and sum; of half a dozen units they are told apart to a tenth.
        loss += Gamma(rows + 4) * sizes;
        gradient += Gamma(rows + 8) * reaches;
        Assert.InRange(at.LossError, loss * (1 + 5e-7), loss * (1 + 1e-5));
        Assert.InRange(at.GradientError, gradient * (1 + 5e-7), gradient * (1 + 2e-5));
    }

    [Fact]
    public void At_LogitsBeyondAllDigits_KnowsNothing() // errors of logits of whole nats: no bound on probabilities
    {
        var huge = Matrix.Create(3, 2, (i, k) => 1e15f * (i - k));
        var problem = FitProblem.Create(huge, huge.Transpose(), FitExamples.Copying(3));
        var at = CertifiedGradient.At(problem, Matrix.Identity(2), default);
        Assert.True(at.LossError > 1e6);
        Assert.Equal(0, LowRankCertificate.At(problem, Matrix.Identity(2), 1, 1).Bound);
    }

    [Fact]
    public void At_Cancelled_Stops() => Assert.Throws<OperationCanceledException>(
        () => CertifiedGradient.At(Problem(3, 3, 2), Coarse(2, 2, 1), new CancellationToken(canceled: true)));

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
