namespace OVPipeline.Core;

/// <summary>
/// Factors in closed form, from the canonical correlations <c>K = U S V'</c> of the two embeddings: <c>A~ = U S^1/2</c>,
/// <c>B~ = V S^1/2</c>.
/// </summary>
internal static class CanonicalStart
{
    /// <summary>The whitened factors of the best rank-r map in squared error, up to scale, and the r largest correlations.</summary>
    public static (FactorPair Whitened, double[] Correlations) Of(
        EmbeddingWhitening whitening, int rank, double tolerance, Random random, CancellationToken cancellationToken)
    {
        var correlation = whitening.Correlation;
        var start = TruncatedSvd.StartOf(correlation.Rows, rank, random);
        var svd = TruncatedSvd.Of(correlation, rank, tolerance, start, cancellationToken);
        return (Rooted(svd), svd.Values);
    }

    /// <summary>A matrix <c>U S V'</c> as factors, <c>U S^1/2</c> and <c>V S^1/2</c>.</summary>
    public static FactorPair Rooted(TruncatedSvd svd)
    {
        Matrix Columns(MathNet.Numerics.LinearAlgebra.Matrix<double> vectors) =>
            Matrix.Create(vectors.RowCount, svd.Values.Length, (i, k) => (float)(vectors[i, k] * Math.Sqrt(svd.Values[k])));
        return new(Columns(svd.Left), Columns(svd.Right));
    }
}
