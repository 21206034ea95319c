using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace OVPipeline.Core.Tests;

public class TruncatedSvdTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(8, 1), InlineData(8, 8), InlineData(40, 5), InlineData(120, 6)]
    public void Of_AnyRank_AgreesWithDense(int size, int rank)
    {
        // Singular values fall off as those of canonical correlations do.
        Matrix left = TestMatrices.Random(size, size, seed: 1), right = TestMatrices.Random(size, size, seed: 2);
        var decay = Matrix.Create(size, size, (i, j) => i == j ? (float)Math.Exp(-0.15 * i) : 0);
        var matrix = MatrixProduct.Multiply(MatrixProduct.Multiply(left, decay, Token), right, Token);
        var dense = Matrix<double>.Build.Dense(size, size, (i, j) => matrix[i, j]);
        var svd = TruncatedSvd.Of(matrix, rank, 1e-7, TruncatedSvd.StartOf(matrix.Rows, rank, new Random(1)), Token);
        var exact = dense.Svd().S;
        for (int k = 0; k < rank; k++)
            Assert.Equal(exact[k], svd.Values[k], 1e-4 * exact[0]);
        var rest = dense - svd.Left * Matrix<double>.Build.DenseOfDiagonalArray(svd.Values) * svd.Right.Transpose();
        double expected = Math.Sqrt(exact.Skip(rank).Sum(s => s * s));
        Assert.Equal(expected, rest.FrobeniusNorm(), 1e-4 * exact[0]);
    }

    [Fact]
    public void Of_MatrixOfLowerRank_PadsWithZeros()
    {
        var column = TestMatrices.Random(6, 1, seed: 1);
        var matrix = MatrixProduct.MultiplyTranspose(column, column, Token);
        var svd = TruncatedSvd.Of(matrix, 3, 1e-7, TruncatedSvd.StartOf(matrix.Rows, 3, new Random(1)), Token);
        Assert.Equal(0, svd.Values[1], 1e-3);
        Assert.All(svd.Right.Enumerate(), v => Assert.True(double.IsFinite(v)));
    }
}
