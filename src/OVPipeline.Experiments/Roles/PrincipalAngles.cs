using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace OVPipeline.Experiments;

/// <summary>Principal angles between the column spaces of two matrices (Björck and Golub 1973).</summary>
public static class PrincipalAngles
{
    /// <summary>Their cosines, largest first, in [0, 1]: the singular values of the product of orthonormal bases.</summary>
    /// <param name="a">[d, m], of full column rank.</param>
    /// <param name="b">[d, n], of full column rank.</param>
    public static double[] Cosines(Core.Matrix a, Core.Matrix b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var cosines = Basis(a).TransposeThisAndMultiply(Basis(b)).Svd(computeVectors: false).S;
        return [.. cosines.Select(cosine => Math.Min(1, cosine))]; // rounding can leave it above 1
    }

    private static Matrix<double> Basis(Core.Matrix matrix) =>
        Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]).QR(QRMethod.Thin).Q;
}
