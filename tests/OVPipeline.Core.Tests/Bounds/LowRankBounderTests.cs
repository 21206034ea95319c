using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Lower bounds hold for every circuit within them, and come near to what is known to be possible.</summary>
public class LowRankBounderTests
{
    private const int V = 14, Width = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1.0, 1), InlineData(2, 3.0, 2), InlineData(3, 8.0, 3), InlineData(5, 2.0, 4)]
    public void Find_AnyCircuitWithin_HasNoLowerLoss(int rank, double norm, int seed)
    {
        var (embedding, unembedding, examples) = Problem(seed);
        var bounded = new LowRankBoundOptions { Rank = rank, Norm = norm, Tolerance = 1e-4 };
        var bound = LowRankBounder.Find(embedding, unembedding, examples, bounded, null, Token);
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++)
        {
            var pair = new FactoredMatrix(TestMatrices.Random(Width, rank, random.Next()), TestMatrices.Random(rank, Width, random.Next()));
            double scale = norm * (i % 2 == 0 ? 1 : random.NextDouble()) / pair.FrobeniusNorm();
            Assert.True(LossOf(embedding, unembedding, examples, pair, scale) >= bound.Bound);
        }
        foreach (int start in Enumerable.Range(0, 5))
        {
            var options = new LowRankFitOptions { Rank = rank, MaxNorm = norm, Seed = start };
            var fit = LowRankFitter.Fit(embedding, unembedding, examples, options, null, Token);
            double loss = LossOf(embedding, unembedding, examples, fit.Residual, 1);
            Assert.True(loss >= bound.Bound);
            if (rank == Width) // the hull is the ball itself, and the problem convex
                Assert.InRange(loss - bound.Bound, 0, 0.01);
        }
    }

    [Theory]
    [InlineData(1, 2.0), InlineData(3, 2.0), InlineData(7, 10.0), InlineData(12, 1.0)]
    public void Find_OrthonormalEmbeddings_IsTheClosedForm(int rank, double norm)
    {
        // By symmetry the best point of the hull is a (I - 1/V): V - 1 equal singular values, of r-support norm a (V - 1) / sqrt(r).
        const int size = 12;
        var identity = Matrix.Identity(size);
        double a = norm * Math.Sqrt(Math.Min(rank, size - 1)) / (size - 1), exact = Math.Log(1 + ((size - 1) * Math.Exp(-a)));
        var bound = LowRankBounder.Find(identity, identity, FitExamples.Copying(size),
            new() { Rank = rank, Norm = norm, Tolerance = 1e-4 }, null, Token);
        Assert.Equal(LowRankBoundStop.Tolerance, bound.Stop);
        Assert.InRange(bound.Bound, exact - 2e-4, exact);
        Assert.InRange(bound.RelaxedLoss, exact - 1e-6, exact + 2e-4);
        Assert.InRange(bound.Rounding, 0, 1e-9);
    }

    [Fact]
    public void Find_MoreSteps_NeverGivesLess()
    {
        var (embedding, unembedding, examples) = Problem(6);
        double last = double.NegativeInfinity;
        foreach (int steps in new[] { 0, 1, 3, 10, 30, 100 })
        {
            var bound = LowRankBounder.Find(embedding, unembedding, examples,
                new() { Rank = 2, Norm = 4, MaxSteps = steps, Tolerance = 0 }, null, Token);
            Assert.True(bound.Bound >= last - 1e-6); // which point is best is told in single precision
            Assert.True(bound.Gap >= -1e-6);
            last = bound.Bound;
        }
    }

    [Fact]
    public void Find_LargerRankOrNorm_IsLower()
    {
        var (embedding, unembedding, examples) = Problem(7);
        double At(int rank, double norm) => LowRankBounder.Find(
            embedding, unembedding, examples, new() { Rank = rank, Norm = norm, Tolerance = 1e-4 }, null, Token).Bound;
        Assert.True(At(1, 4) > At(2, 4) + 0.01);
        Assert.True(At(2, 2) > At(2, 4) + 0.01);
    }

    [Fact]
    public void Find_EmbeddingsFarFromZero_StillHolds()
    {
        var (embedding, unembedding, examples) = Problem(8);
        var far = Matrix.Create(V, Width, (i, k) => embedding[i, k] + 1000);
        var farOutputs = Matrix.Create(Width, V, (k, j) => unembedding[k, j] + 1000);
        var bound = LowRankBounder.Find(far, farOutputs, examples, new() { Rank = 2, Norm = 1 }, null, Token);
        Assert.True(double.IsFinite(bound.Bound));
        for (int seed = 0; seed < 5; seed++)
        {
            var fit = LowRankFitter.Fit(far, farOutputs, examples, new() { Rank = 2, MaxNorm = 1, Seed = seed }, null, Token);
            Assert.True(LossOf(far, farOutputs, examples, fit.Residual, 1) >= bound.Bound - 1e-9);
        }
    }

    [Fact]
    public void Find_WeightedExamplesOfOtherOutputs_Holds()
    {
        var embedding = TestMatrices.Random(V, Width, 1);
        var unembedding = TestMatrices.Random(Width, 3, 2);
        var examples = new FitExamples([0, 3, 3, 7], [0, 1, 2, 2], [1, 2, 0, 5]);
        var bound = LowRankBounder.Find(embedding, unembedding, examples, new() { Rank = 1, Norm = 3, Tolerance = 1e-3 }, null, Token);
        var fit = LowRankFitter.Fit(embedding, unembedding, examples, new() { Rank = 1, MaxNorm = 3 }, null, Token);
        Assert.InRange(LossOf(embedding, unembedding, examples, fit.Residual, 1) - bound.Bound, 0, 0.5);
    }

    [Fact]
    public void Find_OneToken_IsZero()
    {
        var one = Matrix.Create(1, 2, (_, k) => k + 1);
        var bound = LowRankBounder.Find(one, one.Transpose(), FitExamples.Copying(1), new() { Rank = 1, Norm = 1 }, null, Token);
        Assert.InRange(bound.Bound, -1e-9, 0);
        Assert.Equal(0, bound.RelaxedLoss);
    }

    [Fact]
    public void Find_IdenticalColumns_IsNotBelowTheirChance()
    {
        var unembedding = Matrix.Create(Width, V, (k, _) => k + 1);
        var bound = LowRankBounder.Find(TestMatrices.Random(V, Width, 1), unembedding, FitExamples.Copying(V),
            new() { Rank = 2, Norm = 5 }, null, Token);
        Assert.Equal(Math.Log(V), bound.Bound, 1e-6);
    }

    [Fact]
    public void Find_Cancelled_ReturnsABoundThatHolds()
    {
        var (embedding, unembedding, examples) = Problem(9);
        using var source = new CancellationTokenSource();
        int told = 0;
        var progress = new Told(_ =>
        {
            if (++told == 3)
                source.Cancel();
        });
        var options = new LowRankBoundOptions { Rank = 2, Norm = 4, Tolerance = 0 };
        var bound = LowRankBounder.Find(embedding, unembedding, examples, options, progress, source.Token);
        Assert.Equal(LowRankBoundStop.Cancelled, bound.Stop);
        Assert.Equal(3, told);
        var whole = LowRankBounder.Find(embedding, unembedding, examples, new() { Rank = 2, Norm = 4 }, null, Token);
        Assert.True(bound.Bound < whole.RelaxedLoss);
        var before = LowRankBounder.Find(embedding, unembedding, examples, new() { Rank = 2, Norm = 4 }, null, new(canceled: true));
        Assert.Equal(LowRankBoundStop.Cancelled, before.Stop);
        Assert.True(before.Bound < whole.RelaxedLoss && double.IsFinite(before.RelaxedLoss));
    }

    [Theory]
    [InlineData(0, 1.0, "Rank"), InlineData(6, 1.0, "Rank"), InlineData(1, 0.0, "Norm"), InlineData(1, double.PositiveInfinity, "Norm")]
    [InlineData(1, double.NaN, "Norm"), InlineData(1, -1.0, "Norm")]
    public void Find_BadOption_SaysWhich(int rank, double norm, string named)
    {
        var (embedding, unembedding, examples) = Problem(1);
        var error = Assert.Throws<ArgumentException>(
            () => LowRankBounder.Find(embedding, unembedding, examples, new() { Rank = rank, Norm = norm }, null, Token));
        Assert.StartsWith($"{named} must be", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Certify_PointBeyondTheHull_HoldsToo()
    {
        var (embedding, unembedding, examples) = Problem(3);
        var problem = FitProblem.Create(embedding, unembedding, examples);
        var best = LowRankBounder.Find(embedding, unembedding, examples, new() { Rank = 2, Norm = 3 }, null, Token);
        for (int seed = 0; seed < 50; seed++)
        {
            var map = TestMatrices.Random(Width, Width, seed);
            Assert.True(LowRankCertificate.At(problem, map, 2, 3).Bound <= best.RelaxedLoss + 1e-6);
        }
    }

    private static (Matrix Embedding, Matrix Unembedding, FitExamples Examples) Problem(int seed) =>
        (TestMatrices.Random(V, Width, seed), TestMatrices.Random(Width, V, seed + 100), FitExamples.Copying(V));

    // In double, logit by logit.
    private static double LossOf(Matrix embedding, Matrix unembedding, FitExamples examples, FactoredMatrix pair, double scale)
    {
        static Matrix<double> Wide(Matrix matrix) => Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]);
        var logits = Wide(embedding) * (Wide(pair.A) * Wide(pair.B) * scale) * Wide(unembedding);
        double sum = 0, total = 0;
        for (int i = 0; i < examples.Tokens.Length; i++)
        {
            var row = logits.Row(examples.Tokens[i]);
            double weight = examples.Weights?[i] ?? 1, largest = row.Maximum();
            sum += weight * (Math.Log(row.Sum(logit => Math.Exp(logit - largest))) + largest - row[examples.Labels[i]]);
            total += weight;
        }
        return sum / total;
    }

    private sealed class Told(Action<LowRankBoundProgress> action) : IProgress<LowRankBoundProgress>
    {
        public void Report(LowRankBoundProgress value) => action(value);
    }
}
