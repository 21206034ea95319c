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

    // From the best pair that the relaxed point gives and from fits, by moves of every size: what random pairs never come near to.
    [Theory]
    [InlineData(1, 2.0, 11), InlineData(2, 4.0, 12), InlineData(3, 5.0, 13)]
    public void Find_CircuitsThatAreMadeToBeatIt_DoNot(int rank, double norm, int seed)
    {
        var (embedding, unembedding, examples) = Problem(seed);
        var options = new LowRankBoundOptions { Rank = rank, Norm = norm, Tolerance = 1e-5, MaxSteps = 2000 };
        var bound = LowRankBounder.Find(embedding, unembedding, examples, options, null, Token);
        var random = new Random(seed);
        double lowest = double.PositiveInfinity;
        foreach (var start in new[] { bound.Relaxed, LowRankFitter.Fit(embedding, unembedding, examples,
            new() { Rank = rank, MaxNorm = norm, KnownFactors = [Truncated(bound.Relaxed, rank)] }, null, Token).Residual.ToMatrix() })
        {
            var (best, bestLoss) = (start, double.PositiveInfinity);
            for (int i = 0; i < 1500; i++)
            {
                double size = norm * Math.Pow(10, -1 - (4 * random.NextDouble()));
                var move = TestMatrices.Random(Width, Width, random.Next());
                var pair = Truncated(Matrix.Create(Width, Width, (a, b) => (float)(best[a, b] + (i == 0 ? 0 : size * move[a, b]))), rank);
                double loss = LossOf(embedding, unembedding, examples, pair, norm / pair.FrobeniusNorm());
                Assert.True(loss >= bound.Bound);
                if (loss < bestLoss)
                    (best, bestLoss) = (pair.ToMatrix(), loss);
            }
            lowest = Math.Min(lowest, bestLoss);
        }
        Assert.InRange(lowest - bound.Bound, 0, 0.5);
    }

    [Theory]
    [InlineData(1.0, 1), InlineData(3.0, 2), InlineData(6.0, 3)]
    public void Find_OfFullRank_IsTheOptimumOfTheConvexProblem(double norm, int seed)
    {
        var (embedding, unembedding, _) = Problem(seed);
        var examples = new FitExamples([.. Enumerable.Range(0, V)], [.. Enumerable.Range(0, V).Select(i => i * 3 % V)],
            [.. Enumerable.Range(0, V).Select(i => 1f + (i % 3))]);
        double optimum = ConvexOptimum.Of(FitProblem.Create(embedding, unembedding, examples), norm);
        var bound = LowRankBounder.Find(embedding, unembedding, examples,
            new() { Rank = Width, Norm = norm, Tolerance = 1e-5, MaxSteps = 3000 }, null, Token);
        Assert.InRange(bound.Bound, optimum - 3e-5, optimum);
        Assert.InRange(bound.RelaxedLoss, optimum - 1e-6, optimum + 3e-5);
    }

    [Theory]
    [InlineData(1.0, 1), InlineData(4.0, 2), InlineData(2.0, 3)]
    public void Find_TinyVocabulary_IsBetweenWhatBruteForceFindsInTheHullAndForPairs(double norm, int seed)
    {
        var (embedding, unembedding) = (TestMatrices.Random(3, 2, seed), TestMatrices.Random(2, 3, seed + 50));
        var examples = FitExamples.Copying(3);
        var bound = LowRankBounder.Find(embedding, unembedding, examples,
            new() { Rank = 1, Norm = norm, Tolerance = 1e-5, MaxSteps = 2000 }, null, Token);
        const int angles = 72, sizes = 12;
        double hull = double.PositiveInfinity, pairs = double.PositiveInfinity;
        for (int i = 0; i < angles; i++)
            for (int j = 0; j < angles; j++)
                for (int k = -sizes; k <= sizes; k++)
                {
                    // Singular values whose sum is c, the second of either sign: all of the border of the hull, as it is at most there.
                    double a = 2 * Math.PI * i / angles, b = 2 * Math.PI * j / angles, second = norm * k / (2 * sizes);
                    double first = norm - Math.Abs(second);
                    var (ca, sa, cb, sb) = (Math.Cos(a), Math.Sin(a), Math.Cos(b), Math.Sin(b));
                    double[] values =
                    [
                        (first * ca * cb) + (second * sa * sb), (first * ca * sb) - (second * sa * cb),
                        (first * sa * cb) - (second * ca * sb), (first * sa * sb) + (second * ca * cb),
                    ];
                    var map = new Matrix(2, 2, Array.ConvertAll(values, value => (float)value));
                    double loss = LossOf(embedding, unembedding, examples, new(map, Matrix.Identity(2)), 1);
                    hull = Math.Min(hull, loss);
                    if (k == 0)
                        pairs = Math.Min(pairs, loss);
                }
        Assert.True(bound.Bound <= pairs);
        Assert.InRange(bound.Bound, hull - 0.01, hull);
    }

    [Fact]
    public void Find_OneTwoOrThreeThreads_GivesTheSameBits()
    {
        const int rows = 260, width = 24; // more than one block of everything that works in blocks
        var (embedding, unembedding) = (TestMatrices.Random(rows, width, 1), TestMatrices.Random(width, rows, 2));
        LowRankBound At(int threads)
        {
            int before = MathNet.Numerics.Control.MaxDegreeOfParallelism;
            var few = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
            MathNet.Numerics.Control.MaxDegreeOfParallelism = threads;
            try
            {
                return Task.Factory.StartNew(() => LowRankBounder.Find(embedding, unembedding, FitExamples.Copying(rows),
                    new() { Rank = 3, Norm = 2, MaxSteps = 3, Tolerance = 0 }, null, Token), Token, TaskCreationOptions.None, few).Result;
            }
            finally
            {
                MathNet.Numerics.Control.MaxDegreeOfParallelism = before;
            }
        }
        var one = At(1);
        foreach (int threads in new[] { 2, 3 })
        {
            var more = At(threads);
            Assert.Equal((one.Bound, one.RelaxedLoss, one.Rounding), (more.Bound, more.RelaxedLoss, more.Rounding));
            Assert.Equal(one.Relaxed.Values.ToArray(), more.Relaxed.Values.ToArray());
        }
    }

    [Theory]
    [InlineData(1e30f, 1.0), InlineData(1e-30f, 1.0), InlineData(1e15f, 1e3), InlineData(1f, 1e300), InlineData(1f, 1e-300)]
    public void Find_SizesAtTheEndsOfTheNumbers_Holds(float scale, double norm)
    {
        var (embedding, unembedding, examples) = Problem(10);
        var far = Matrix.Create(V, Width, (i, k) => scale * embedding[i, k]);
        var farOutputs = Matrix.Create(Width, V, (k, j) => scale * unembedding[k, j]);
        var bound = LowRankBounder.Find(far, farOutputs, examples, new() { Rank = 2, Norm = norm, MaxSteps = 20 }, null, Token);
        Assert.InRange(bound.Bound, 0, Math.Log(V));
        if (scale * scale * norm < 1e-20) // no circuit moves anything
            Assert.Equal(Math.Log(V), bound.Bound, 1e-9);
        Assert.InRange(bound.RelaxedLoss, bound.Bound, Math.Log(V) + 1e-6); // the matrix of zeros is in every hull
    }

    [Fact]
    public void Find_LabelsMissing_SaysSo()
    {
        var (embedding, unembedding, _) = Problem(1);
        Assert.Throws<ArgumentException>(() => new FitExamples([0, 1], [0]));
        var options = new LowRankBoundOptions { Rank = 1, Norm = 1 };
        foreach (int label in new[] { -1, V })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(
                () => LowRankBounder.Find(embedding, unembedding, new([0, 1], [0, label]), options, null, Token));
            Assert.StartsWith($"Example 1: label must be in [0, {V}), was {label}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Find_BadStartOrSteps_SaysWhich()
    {
        var (embedding, unembedding, examples) = Problem(1);
        var options = new LowRankBoundOptions { Rank = 1, Norm = 1 };
        void Refuses(LowRankBoundOptions bad, string words) => Assert.StartsWith(words, Assert.Throws<ArgumentException>(
            () => LowRankBounder.Find(embedding, unembedding, examples, bad, null, Token)).Message, StringComparison.Ordinal);
        Refuses(options with { MaxSteps = -1 }, "MaxSteps must not");
        Refuses(options with { Tolerance = -1 }, "Tolerance must");
        Refuses(options with { Tolerance = double.PositiveInfinity }, "Tolerance must");
        Refuses(options with { Start = new(Width, Width + 1) }, "Start must be [5, 5]");
        Refuses(options with { Start = new(Width + 1, Width) }, "Start must be [5, 5]");
        Refuses(options with { Start = Matrix.Create(Width, Width, (i, _) => i == 2 ? float.NaN : 0) }, "Start must be finite");
    }

    [Fact]
    public void Find_FromTheSolution_IsDoneSooner()
    {
        var (embedding, unembedding, examples) = Problem(14);
        var options = new LowRankBoundOptions { Rank = 2, Norm = 4, Tolerance = 1e-4 };
        var first = LowRankBounder.Find(embedding, unembedding, examples, options, null, Token);
        var again = LowRankBounder.Find(embedding, unembedding, examples, options with { Start = first.Relaxed }, null, Token);
        Assert.True(again.Steps < first.Steps / 2);
        Assert.Equal(first.Bound, again.Bound, 2e-4);
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

    private static FactoredMatrix Truncated(Matrix map, int rank) => new FactoredMatrix(map, Matrix.Identity(Width)).Truncate(rank);

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
