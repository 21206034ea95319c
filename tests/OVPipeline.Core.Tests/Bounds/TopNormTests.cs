using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The dual norm from above: whatever the eigenvalue routine returns, and at any scale.</summary>
public class TopNormTests
{
    private const double Unit = 1.0 / (1L << 53);

    [Theory]
    [InlineData(1), InlineData(3), InlineData(6)]
    public void AtMost_AnyMatrix_IsNotBelowTheSingularValues(int rank)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            double scale = Math.Pow(10, 12 * (seed - 20)); // 1e-240 to 1e228: squares would vanish or overflow
            var random = TestMatrices.Random(6, 6, seed);
            var matrix = Matrix<double>.Build.Dense(6, 6, (i, j) => random[i, j] * Math.Pow(10, -i));
            double exact = Math.Sqrt(matrix.Svd().S.Take(rank).Sum(value => value * value));
            double most = TopNorm.AtMost([.. matrix.EnumerateRows().SelectMany(row => row * scale)], rank) / scale;
            Assert.InRange(most, exact, exact * (1 + 1e-9));
            Assert.Equal(exact, TopNorm.Of(matrix, rank), 1e-9);
        }
    }

    [Fact]
    public void AtMost_Zero_IsZero() => Assert.Equal(0, TopNorm.AtMost(new double[9], 2));

    [Theory]
    [InlineData(1, 4), InlineData(5, 40)]
    public void AtMost_Identity_AllowsForEveryRounding(int rank, int size)
    {
        double[] identity = [.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1.0 : 0)];
        double eigenvalues = rank * (size + 3) * ((3 * size) + Math.Sqrt(size)) * Unit; // |Q L| |Q| + |S|, and |Q|² + d
        double others = rank * (((double)size * size) + size + 8) * Unit;
        double most = TopNorm.AtMost(identity, rank);
        Assert.Equal(eigenvalues + others, (most * most) - rank, (4 * rank * Unit) + (1e-4 * eigenvalues));
        double sum = TopNorm.EigenvaluesAtMost(Matrix<double>.Build.DenseIdentity(size), Matrix<double>.Build.DenseIdentity(size),
            [.. Enumerable.Repeat(1.0, size)], rank);
        Assert.Equal(eigenvalues, sum - rank, (4 * rank * Unit) + (1e-4 * eigenvalues));
    }

    [Fact]
    public void EigenvaluesAtMost_WrongVectorsOrValues_HoldsAllTheSame()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int size = 2 + (seed % 4), rank = 1 + random.Next(size);
            var factor = Random(random, size);
            var square = factor * factor.Transpose() * Math.Pow(10, random.Next(4) - 2);
            var evd = square.Evd(Symmetricity.Symmetric);
            double[] values = [.. evd.EigenValues.Select(value => value.Real)];
            double exact = values.OrderDescending().Take(rank).Sum();
            var vectors = evd.EigenVectors;
            Assert.InRange(TopNorm.EigenvaluesAtMost(square, vectors, values, rank), exact, exact * (1 + 1e-9));
            void Holds(Matrix<double> q, double[] l) =>
                Assert.True(TopNorm.EigenvaluesAtMost(square, q, l, rank) >= exact * (1 - 1e-12), $"seed {seed}");
            Holds(vectors, new double[size]);
            Holds(vectors, [.. values.Select(value => -value)]);
            Holds(vectors, [.. values.Select(value => value * random.NextDouble())]);
            Holds(vectors * 0.5, [.. values.Select(value => value * 4)]); // no residual: the defect has to do it
            Holds(vectors * 2, [.. values.Select(value => value / 4)]);
            Holds(Random(random, size), values);
            Holds(vectors + (Random(random, size) * 0.01), values);
            var skew = Random(random, size) * 0.1;
            var inverse = (Matrix<double>.Build.DenseIdentity(size) + skew).Inverse();
            var turned = inverse * square * inverse.Transpose();
            var other = turned.Evd(Symmetricity.Symmetric); // again S = Q L Q', Q not orthogonal
            var skewed = other.EigenVectors + (skew * other.EigenVectors);
            Holds(skewed, [.. other.EigenValues.Select(value => value.Real)]);
        }
    }

    private static Matrix<double> Random(Random random, int size) =>
        Matrix<double>.Build.Dense(size, size, (_, _) => (2 * random.NextDouble()) - 1);
}
