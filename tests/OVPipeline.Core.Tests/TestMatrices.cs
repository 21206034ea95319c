using DenseMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace OVPipeline.Core.Tests;

/// <summary>Matrices for tests.</summary>
internal static class TestMatrices
{
    /// <summary>Normally distributed values.</summary>
    public static Matrix Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Matrix.Create(rows, columns,
            (_, _) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
    }

    /// <summary>A product of two random factors.</summary>
    public static FactoredMatrix RandomFactored(int rows, int rank, int columns, int seed = 1) =>
        new(Random(rows, rank, seed), Random(rank, columns, seed + 1000));

    /// <summary>The same values in double precision.</summary>
    public static DenseMatrix Dense(Matrix matrix) => DenseMatrix.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]);

    /// <summary>The product of the factors in double precision, the slow way.</summary>
    public static DenseMatrix Dense(FactoredMatrix matrix) => Dense(matrix.A) * Dense(matrix.B);
}
