namespace OVPipeline.Core;

/// <summary>
/// Factors in closed form, from the canonical correlations <c>K = U S V'</c> of the two embeddings: <c>A~ = U S^1/2</c>,
/// <c>B~ = V S^1/2</c>.
/// </summary>
internal static class CanonicalStart
{
    /// <summary>The whitened factors of the best rank-r map in squared error, up to scale, and the r largest correlations.</summary>
    public static (Factors Whitened, double[] Correlations) Of(Whitening whitening, int rank, double tolerance, Random random, CancellationToken cancellationToken)
    {
        var svd = TruncatedSvd.Of(whitening.Correlation, rank, tolerance, random, cancellationToken);
        Matrix Rooted(MathNet.Numerics.LinearAlgebra.Matrix<double> vectors) =>
            Matrix.Create(vectors.RowCount, rank, (i, k) => (float)(vectors[i, k] * Math.Sqrt(svd.Values[k])));
        return (new(Rooted(svd.Left), Rooted(svd.Right)), svd.Values);
    }
}
