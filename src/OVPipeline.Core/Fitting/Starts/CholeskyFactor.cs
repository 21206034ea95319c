using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>The Cholesky factor of a Gram matrix, <c>S = L L'</c>, in double precision, row by row.</summary>
/// <param name="Lower">L [d, d].</param>
/// <param name="InverseTransposed"><c>L^-T [d, d]</c>, upper triangular: <c>X L^-T</c> has orthonormal columns where S = X'X.</param>
/// <param name="IsNearlySingular">Whether a direction is hardly more than the ridge that it was given.</param>
internal sealed record CholeskyFactor(double[] Lower, double[] InverseTransposed, bool IsNearlySingular)
{
    /// <summary>The smallest ridge, as a share of the mean diagonal: about what single-precision sums leave undetermined.</summary>
    public const double SmallestRidge = 1e-6;

    // A pivot of so many ridges is mostly ridge.
    private const double EmptyPivot = 4;

    /// <summary>
    /// Factors S. Where it is singular or nearly so, its diagonal is raised by the smallest power of ten that works: directions that
    /// hardly occur are then damped instead of blown up.
    /// </summary>
    public static CholeskyFactor Of(double[] gram, int size)
    {
        double mean = 0;
        for (int i = 0; i < size; i++)
            mean += gram[i * size + i] / size;
        for (double ridge = SmallestRidge * (mean > 0 ? mean : 1); ; ridge *= 10)
            if (TryFactor(gram, size, ridge) is { } lower)
            {
                bool isNearlySingular = Enumerable.Range(0, size).Any(i => Math.Pow(lower[i * size + i], 2) < EmptyPivot * ridge);
                return new(lower, InvertTransposed(lower, size), isNearlySingular);
            }
    }

    private static double[]? TryFactor(double[] gram, int size, double ridge)
    {
        var lower = new double[size * size];
        for (int j = 0; j < size; j++)
        {
            var row = lower.AsSpan(j * size, j);
            double pivot = gram[j * size + j] + ridge - Dot(row, row);
            if (!(pivot > ridge / 2))
                return null;
            double diagonal = lower[j * size + j] = Math.Sqrt(pivot);
            for (int i = j + 1; i < size; i++)
                lower[i * size + j] = (gram[i * size + j] - Dot(lower.AsSpan(i * size, j), lower.AsSpan(j * size, j))) / diagonal;
        }
        return lower;
    }

    // Row j of L^-T is column j of L^-1: x_j = 1 / l_jj, then x_i = -(sum over j <= k < i of l_ik x_k) / l_ii.
    private static double[] InvertTransposed(double[] lower, int size)
    {
        var inverse = new double[size * size];
        for (int j = 0; j < size; j++)
        {
            var x = inverse.AsSpan(j * size, size);
            x[j] = 1 / lower[j * size + j];
            for (int i = j + 1; i < size; i++)
                x[i] = -Dot(lower.AsSpan(i * size + j, i - j), x[j..i]) / lower[i * size + i];
        }
        return inverse;
    }

    // Four sums whatever the width of a machine's vectors is: the bits are the same on each.
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var left = MemoryMarshal.Cast<double, Vector256<double>>(x);
        var right = MemoryMarshal.Cast<double, Vector256<double>>(y);
        var sums = Vector256<double>.Zero;
        for (int i = 0; i < left.Length; i++)
            sums += left[i] * right[i];
        double sum = Vector256.Sum(sums);
        for (int i = left.Length * Vector256<double>.Count; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }
}
