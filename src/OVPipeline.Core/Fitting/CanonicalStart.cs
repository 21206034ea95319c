namespace OVPipeline.Core;

/// <summary>
/// Factors in closed form, from the canonical correlations <c>K = U S V'</c> of the two embeddings: <c>A~ = U S^1/2</c>,
/// <c>B~ = V S^1/2</c>.
/// </summary>
internal static class CanonicalStart
{
    /// <summary>The whitened factors of the best rank-r map in squared error, up to scale, and the r largest correlations.</summary>
    public static (Factors Whitened, double[] Correlations) Of(Whitening whitening, int rank, Random random, CancellationToken cancellationToken)
    {
        var svd = TruncatedSvd.Of(whitening.Correlation, rank, random, cancellationToken);
        Matrix Rooted(MathNet.Numerics.LinearAlgebra.Matrix<double> vectors) =>
            Matrix.Create(vectors.RowCount, rank, (i, k) => (float)(vectors[i, k] * Math.Sqrt(svd.Values[k])));
        return (new(Rooted(svd.Left), Rooted(svd.Right)), svd.Values);
    }

    /// <summary>The scale of the whole map, from a fixed grid, that gives the lowest loss on a batch; factors are model coordinates.</summary>
    public static double BestScale(SoftmaxBatch batch, Factors factors, SoftmaxLoss loss, CancellationToken cancellationToken)
    {
        double[] scales = [0.0625, 0.125, 0.25, 0.354, 0.5, 0.707, 1, 1.414, 2, 4];
        return scales.MinBy(scale => loss.Evaluate(batch, factors.ScaleProduct(scale), cancellationToken).Loss);
    }
}
