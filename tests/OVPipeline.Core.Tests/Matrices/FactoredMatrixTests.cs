using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Matrices;

public sealed class FactoredMatrixTests
{
    [Theory]
    [InlineData(30, 4, 20)]
    [InlineData(5, 1, 5)]
    [InlineData(6, 9, 7)]
    public void SingularValues_RandomFactors_AreThoseOfTheProduct(int rows, int rank, int columns)
    {
        var matrix = RandomFactored(rows, rank, columns);
        var expected = Dense(matrix).Svd().S.Take(Math.Min(rank, Math.Min(rows, columns))).ToArray();
        Assert.Equal(expected.Length, matrix.SingularValues().Count);
        Assert.All(expected.Zip(matrix.SingularValues()), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * expected[0]));
    }

    [Fact]
    public void FrobeniusNorm_RandomFactors_IsThatOfTheProductAndOfItsSingularValues()
    {
        var matrix = RandomFactored(40, 6, 25);
        Assert.Equal(Dense(matrix).FrobeniusNorm(), matrix.FrobeniusNorm(), 1e-6);
        Assert.Equal(Math.Sqrt(matrix.SingularValues().Sum(s => s * s)), matrix.FrobeniusNorm(), 1e-6);
    }

    [Fact]
    public void Eigenvalues_SquareProduct_AreTheNonZeroOnesOfTheDenseMatrix()
    {
        var matrix = RandomFactored(18, 4, 18);
        var dense = Dense(matrix).Evd().EigenValues.OrderByDescending(v => v.Magnitude).Take(4);
        var expected = dense.OrderBy(v => v.Real).ThenBy(v => v.Imaginary).ToArray();
        var actual = matrix.Eigenvalues().OrderBy(v => v.Real).ThenBy(v => v.Imaginary).ToArray();
        Assert.All(expected.Zip(actual), pair => Assert.True((pair.First - pair.Second).Magnitude < 1e-5));
    }

    [Theory]
    [InlineData(9, 14)]
    [InlineData(12, 12)]
    [InlineData(14, 9)]
    public void OfRank_DenseMatrix_LeavesTheSmallerSingularValues(int rows, int columns)
    {
        var matrix = RandomFactored(rows, 20, columns).ToMatrix();
        double[] values = [.. Dense(matrix).Svd().S];
        var cut = FactoredMatrix.OfRank(matrix, 3);
        Assert.Equal((rows, 3, columns), (cut.Rows, cut.Rank, cut.Columns));
        double left = (Dense(matrix) - Dense(cut)).FrobeniusNorm();
        Assert.Equal(Math.Sqrt(values.Skip(3).Sum(value => value * value)), left, 1e-5 * values[0]);
    }

    [Fact]
    public void Eigenvalues_OfABAndOfBA_AreTheSame()
    {
        var a = TestMatrices.Random(7, 7, 3);
        var b = TestMatrices.Random(7, 7, 4);
        var ab = new FactoredMatrix(a, b).Eigenvalues().Select(v => v.Magnitude).Order();
        var ba = new FactoredMatrix(b, a).Eigenvalues().Select(v => v.Magnitude).Order();
        Assert.All(ab.Zip(ba), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Truncate_RandomFactors_IsTheBestOfItsRank()
    {
        var matrix = RandomFactored(25, 6, 30);
        var values = matrix.SingularValues();
        for (int rank = 1; rank <= 6; rank++)
        {
            var truncated = matrix.Truncate(rank);
            Assert.Equal(rank, truncated.Rank);
            // Eckart and Young: the error is what the dropped singular values hold.
            Assert.Equal(Math.Sqrt(values.Skip(rank).Sum(s => s * s)), (Dense(matrix) - Dense(truncated)).FrobeniusNorm(), 1e-4);
        }
    }

    [Fact]
    public void Truncate_ProductOfLowerRankThanItsFactors_StaysFiniteAndExact()
    {
        var thin = RandomFactored(20, 2, 20);
        var doubled = FactoredMatrix.Sum(thin, thin); // rank 2 in factors of size 4
        Assert.Equal(2, doubled.SingularValues().Count(s => s > 1e-4));
        Assert.Equal(0, (Dense(doubled) - Dense(doubled.Truncate(3))).FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void AllZero_EveryProperty_IsZero()
    {
        var zero = new FactoredMatrix(new Matrix(9, 3), new Matrix(3, 9));
        Assert.Equal(0, zero.FrobeniusNorm());
        Assert.All(zero.SingularValues(), value => Assert.Equal(0, value));
        Assert.All(zero.Eigenvalues(), value => Assert.Equal(0, value.Magnitude));
        Assert.Equal(0, zero.Truncate(2).FrobeniusNorm());
    }

    [Fact]
    public void Sum_OfTwo_IsTheSumWithRanksAdded()
    {
        var (x, y) = (RandomFactored(8, 2, 9, 1), RandomFactored(8, 3, 9, 2));
        var sum = FactoredMatrix.Sum(x, y);
        Assert.Equal(5, sum.Rank);
        Assert.Equal(0, (Dense(x) + Dense(y) - Dense(sum)).FrobeniusNorm(), 1e-5);
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(5, 2)]
    public void Multiply_OfTwo_KeepsTheSmallerRank(int left, int right)
    {
        var (x, y) = (RandomFactored(8, left, 9, 1), RandomFactored(9, right, 7, 2));
        var product = x.Multiply(y);
        Assert.Equal(2, product.Rank);
        Assert.Equal(0, (Dense(x) * Dense(y) - Dense(product)).FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void Transpose_Twice_IsTheSame()
    {
        var matrix = RandomFactored(8, 3, 5);
        Assert.Equal((5, 8), (matrix.Transpose().Rows, matrix.Transpose().Columns));
        Assert.Equal(Dense(matrix), Dense(matrix.Transpose().Transpose()));
        Assert.Equal(Dense(matrix).Transpose(), Dense(matrix.Transpose()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Truncate_RankOutOfRange_NamesTheRange(int rank)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => RandomFactored(5, 3, 5).Truncate(rank));
        Assert.Contains($"rank must be in [1, 3], was {rank}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_InnerSizesDiffer_NamesBothShapes()
    {
        var error = Assert.Throws<ArgumentException>(() => new FactoredMatrix(new Matrix(3, 2), new Matrix(4, 5)));
        Assert.Contains("[3, 2] times [4, 5]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eigenvalues_NotSquare_SaysSo()
    {
        var error = Assert.Throws<InvalidOperationException>(() => RandomFactored(5, 2, 6).Eigenvalues());
        Assert.Contains("[5, 6]", error.Message, StringComparison.Ordinal);
    }
}
