using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Experiments;

/// <summary>The cosines of the principal angles between the column spaces of two matrices, largest first (Björck and Golub 1973).</summary>
internal static class PrincipalAngles
{
    public static double[] Cosines(Core.Matrix a, Core.Matrix b) =>
        [.. Basis(a).TransposeThisAndMultiply(Basis(b)).Svd(computeVectors: false).S.Select(cosine => Math.Min(1, cosine))];

    private static Matrix<double> Basis(Core.Matrix matrix) =>
        Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]).QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).Q;
}
