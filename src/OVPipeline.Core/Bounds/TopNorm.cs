using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// The norm dual to the spectral r-support norm: the root of the sum of the r largest squared singular values.
/// </summary>
internal static class TopNorm
{
    // Covers the roundings of norms of errors, which are roots of sums of squares.
    private const double Slack = 1 + 1e-6;

    /// <summary>It as computed.</summary>
    public static double Of(Matrix<double> matrix, int rank)
    {
        var values = matrix.TransposeAndMultiply(matrix).Evd(Symmetricity.Symmetric).EigenValues;
        double sum = 0;
        for (int i = 0; i < Math.Min(rank, values.Count); i++)
            sum += Math.Max(0, values[values.Count - 1 - i].Real);
        return Math.Sqrt(sum);
    }

    /// <summary>A number that it is certainly not above.</summary>
    /// <param name="values">A square matrix, row by row; finite.</param>
    /// <param name="rank">r.</param>
    public static double AtMost(double[] values, int rank)
    {
        int size = (int)Math.Sqrt(values.Length);
        double largest = values.Max(Math.Abs);
        if (largest == 0)
            return 0;
        // By a power of two, which rounds nothing: squares then neither overflow nor vanish.
        int exponent = Math.ILogB(largest);
        var matrix = Matrix<double>.Build.Dense(size, size, (i, j) => Math.ScaleB(values[(i * size) + j], -exponent));
        var square = matrix.TransposeAndMultiply(matrix);
        var evd = square.Evd(Symmetricity.Symmetric);
        double sum = EigenvaluesAtMost(square, evd.EigenVectors, [.. evd.EigenValues.Select(value => value.Real)], rank);
        // Each of the products in the square is off by at most g(d) of what its row and column allow, in all |matrix|².
        double rounding = ErrorBound.DoubleInAnyOrder(size) * Math.Pow(matrix.FrobeniusNorm() * Slack, 2);
        return Math.ScaleB(Math.Sqrt((sum + (rank * rounding)) * (1 + ErrorBound.DoubleInAnyOrder(size + 8))), exponent);
    }

    /// <summary>
    /// A number that the sum of the positive ones of the r largest eigenvalues of a symmetric S is certainly not above, whatever Q and L
    /// are given for its eigenvectors and eigenvalues.
    /// </summary>
    /// <remarks>
    /// With <c>R = S - Q L Q'</c>, the eigenvalues of S are, by Weyl, those of <c>Q L Q'</c> but for |R|, and those are, by Ostrowski, at
    /// most <c>|Q|² ≤ 1 + |Q'Q - I|</c> times L's where these are positive.
    /// </remarks>
    internal static double EigenvaluesAtMost(Matrix<double> square, Matrix<double> vectors, double[] values, int rank)
    {
        int size = square.RowCount;
        double unit = ErrorBound.DoubleInAnyOrder(size + 3);
        var scaled = vectors.Clone();
        for (int j = 0; j < size; j++)
            scaled.SetColumn(j, scaled.Column(j) * values[j]);
        double length = vectors.FrobeniusNorm();
        double residual = ((square - scaled.TransposeAndMultiply(vectors)).FrobeniusNorm() * Slack)
            + (unit * ((scaled.FrobeniusNorm() * length) + square.FrobeniusNorm()));
        double defect = ((vectors.TransposeThisAndMultiply(vectors) - Matrix<double>.Build.DenseIdentity(size)).FrobeniusNorm() * Slack)
            + (unit * ((length * length) + size));
        return values.OrderDescending().Take(rank).Sum(value => (Math.Max(0, value) * (1 + defect)) + residual);
    }
}
