using Xunit;

namespace OVPipeline.Core.Tests.Matrices;

public sealed class MatrixTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(31, 33)]
    [InlineData(64, 7)]
    public void Transpose_AnyShape_SwapsIndexes(int rows, int columns)
    {
        var matrix = TestMatrices.Random(rows, columns, 1);
        var transposed = matrix.Transpose();
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                Assert.Equal(matrix[i, j], transposed[j, i]);
    }

    [Fact]
    public void Concatenate_ColumnsAndRows_PutBlocksInOrder()
    {
        var (x, y) = (TestMatrices.Random(3, 2, 1), TestMatrices.Random(3, 4, 2));
        var wide = Matrix.ConcatenateColumns(x, y);
        Assert.Equal((3, 6, x[2, 1], y[0, 3]), (wide.Rows, wide.Columns, wide[2, 1], wide[0, 5]));
        var tall = Matrix.ConcatenateRows(x.Transpose(), y.Transpose());
        Assert.Equal(wide.Transpose().Values.ToArray(), tall.Values.ToArray());
    }

    [Fact]
    public void FirstNonFiniteRow_NaNOrInfinity_IsFound()
    {
        Assert.Equal(-1, TestMatrices.Random(5, 3, 1).FirstNonFiniteRow());
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            Assert.Equal(3, Matrix.Create(5, 3, (i, j) => i >= 3 && j == 2 ? bad : 1).FirstNonFiniteRow());
    }

    [Fact]
    public void SelectRows_RepeatedAndReordered_Copies()
    {
        var matrix = TestMatrices.Random(5, 3, 1);
        var selected = matrix.SelectRows([4, 0, 4]);
        Assert.Equal(matrix.Row(4).ToArray(), selected.Row(0).ToArray());
        Assert.Equal(matrix.Row(4).ToArray(), selected.Row(2).ToArray());
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => matrix.SelectRows([5]));
        Assert.Contains("[0, 5)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_WrongLength_NamesBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => new Matrix(2, 3, new float[5]));
        Assert.Contains("holds 6 values, was given 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_TooLarge_SaysSo()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(100_000, 100_000));
        Assert.Contains("does not fit", error.Message, StringComparison.Ordinal);
    }
}
