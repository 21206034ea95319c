using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// The norm dual to the spectral r-support norm: the root of the sum of the r largest squared singular values.
/// </summary>
internal static class TopNorm
{
    private const double Unit = 1.0 / (1L << 53);

    // Covers the roundings of the sums below, of at most a few thousand terms of one sign each.
    private const double Slack = 1 + 1e-9;

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
    /// <remarks>
    /// With S = G G' as computed (off by at most <c>g(d) |G|²</c> in each of its eigenvalues, as |G G'|_F ≤ |G|²), computed eigenvectors Q
    /// and eigenvalues L, and R = S - Q L Q': by Weyl the eigenvalues of S are those of Q L Q' but for |R|, and by Ostrowski those are at
    /// most <c>|Q|² ≤ 1 + |Q'Q - I|</c> times L's where they are positive.
    /// </remarks>
    public static double AtMost(Matrix<double> matrix, int rank)
    {
        int size = matrix.RowCount;
        var square = matrix.TransposeAndMultiply(matrix);
        var evd = square.Evd(Symmetricity.Symmetric);
        var vectors = evd.EigenVectors;
        double[] values = [.. evd.EigenValues.Select(value => value.Real)];
        var scaled = vectors.Clone();
        for (int j = 0; j < size; j++)
            scaled.SetColumn(j, scaled.Column(j) * values[j]);
        double norm = matrix.FrobeniusNorm() * Slack, rounding = 4 * size * Unit;
        double residual = ((square - scaled.TransposeAndMultiply(vectors)).FrobeniusNorm() * Slack)
            + (rounding * Math.Sqrt(size) * norm * norm);
        double defect = ((vectors.TransposeThisAndMultiply(vectors) - Matrix<double>.Build.DenseIdentity(size)).FrobeniusNorm() * Slack)
            + (rounding * size);
        double sum = 0;
        foreach (double value in values.OrderDescending().Take(rank))
            sum += (Math.Max(0, value) * (1 + defect)) + residual + (rounding * norm * norm);
        return Math.Sqrt(sum) * Slack;
    }
}
