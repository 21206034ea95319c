using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// The singular value decomposition of <c>A B</c> in the factors' own coordinates: left vectors <c>A Left</c>, right vectors
/// <c>B' Right</c>. Found from the Gram matrices <c>A'A</c> and <c>BB'</c> in double precision.
/// </summary>
internal sealed record FactoredSvd(double[] Values, Matrix<double> Left, Matrix<double> Right)
{
    // Directions whose squared length is below this share of the longest are not determined by single-precision factors.
    private const double Negligible = 1e-12;

    public static FactoredSvd Of(Matrix a, Matrix b)
    {
        var rows = PackSource.RowsOf(b);
        var (rootA, inverseA) = Root(CrossProduct.Of(a, a));
        var (rootB, inverseB) = Root(CrossProduct.Of(rows, rows));
        if (rootA.FrobeniusNorm() == 0 || rootB.FrobeniusNorm() == 0)
            return new([0], Matrix<double>.Build.Dense(a.Columns, 1), Matrix<double>.Build.Dense(a.Columns, 1));
        var svd = (rootA * rootB.Transpose()).Svd();
        int rank = svd.S.Count;
        return new(svd.S.ToArray(), inverseA * svd.U.SubMatrix(0, svd.U.RowCount, 0, rank),
            inverseB * svd.VT.Transpose().SubMatrix(0, svd.VT.RowCount, 0, rank));
    }

    /// <summary>X = Left S^1/2 and Y = S^1/2 Right', zero-padded where the product has a lower rank than asked for.</summary>
    public (Core.Matrix X, Core.Matrix Y) TruncationFactors(int rank)
    {
        float At(Matrix<double> vectors, int i, int k) => k < Values.Length ? (float)(vectors[i, k] * Math.Sqrt(Values[k])) : 0;
        return (Core.Matrix.Create(Left.RowCount, rank, (i, k) => At(Left, i, k)),
            Core.Matrix.Create(rank, Right.RowCount, (k, i) => At(Right, i, k)));
    }

    // For a Gram matrix W'W = Q D Q': the root D^1/2 Q' [k, r] and the inverse Q D^-1/2 [r, k], so that W inverse has orthonormal columns.
    private static (Matrix<double> Root, Matrix<double> Inverse) Root(Matrix<double> gram)
    {
        var evd = gram.Evd(Symmetricity.Symmetric);
        var values = evd.EigenValues.Select(v => v.Real).ToArray();
        double largest = values.Max();
        int[] kept = [.. Enumerable.Range(0, values.Length).Where(i => values[i] > largest * Negligible && values[i] > 0)];
        if (kept.Length == 0)
            return (Matrix<double>.Build.Dense(1, gram.RowCount), Matrix<double>.Build.Dense(gram.RowCount, 1));
        return (Matrix<double>.Build.Dense(kept.Length, gram.RowCount, (k, i) => evd.EigenVectors[i, kept[k]] * Math.Sqrt(values[kept[k]])),
            Matrix<double>.Build.Dense(gram.RowCount, kept.Length, (i, k) => evd.EigenVectors[i, kept[k]] / Math.Sqrt(values[kept[k]])));
    }
}
