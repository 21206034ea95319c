using MathNet.Numerics.LinearAlgebra;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace OVPipeline.Core.Tests;

/// <summary>
/// The bounded problem the slow way, in double precision and in the space of full maps: projected gradient from the steepest map at zero,
/// by singular value decompositions. An independent reference for fits at a norm.
/// </summary>
internal sealed class ProjectedGradient(Matrix embedding, Matrix unembedding)
{
    private readonly DenseMatrix _e = TestMatrices.Dense(embedding), _u = TestMatrices.Dense(unembedding);

    /// <summary>Mean log-loss of copying by a map [d, d], and its gradient.</summary>
    public (double Loss, DenseMatrix Gradient) At(DenseMatrix map)
    {
        var p = _e * map * _u;
        double loss = 0;
        int count = p.RowCount;
        for (int i = 0; i < count; i++)
        {
            double max = p.Row(i).Maximum(), label = p[i, i], sum = 0;
            for (int j = 0; j < count; j++)
                sum += p[i, j] = Math.Exp(p[i, j] - max);
            loss += Math.Log(sum) + max - label;
            for (int j = 0; j < count; j++)
                p[i, j] = p[i, j] / sum - (i == j ? 1 : 0);
        }
        return (loss / count, _e.TransposeThisAndMultiply(p).TransposeAndMultiply(_u) / count);
    }

    /// <summary>The loss that so many steps reach, within a rank and a Frobenius norm.</summary>
    public double Descend(int rank, double norm, int steps)
    {
        var map = Project(-At(DenseMatrix.Build.Dense(_e.ColumnCount, _e.ColumnCount)).Gradient, rank, norm, fill: true);
        double length = norm, loss = At(map).Loss;
        for (int step = 0; step < steps; step++)
        {
            var gradient = At(map).Gradient;
            for (; length > 1e-9; length /= 2)
            {
                var next = Project(map - length / gradient.FrobeniusNorm() * gradient, rank, norm, fill: false);
                double reached = At(next).Loss;
                if (reached >= loss)
                    continue;
                (map, loss) = (next, reached);
                length *= 3;
                break;
            }
        }
        return loss;
    }

    private static DenseMatrix Project(DenseMatrix map, int rank, double norm, bool fill)
    {
        var svd = map.Svd();
        var top = svd.U.SubMatrix(0, map.RowCount, 0, rank) * DenseMatrix.Build.DenseOfDiagonalArray(svd.S.SubVector(0, rank).ToArray())
            * svd.VT.SubMatrix(0, rank, 0, map.ColumnCount);
        double actual = top.FrobeniusNorm();
        return actual > norm || fill ? top * (norm / actual) : top;
    }
}
