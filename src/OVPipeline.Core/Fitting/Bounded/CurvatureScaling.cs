using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// An estimate of the inverse curvature, up to scale, that quasi-Newton steps start from. The loss curves in A as
/// <c>E'E (x) B B'</c> does, and a norm that holds the pair adds <c>lambda I (x) B B'</c>: so gradients of A are multiplied by
/// <c>(E'E / t + rho I)^-1</c> on the left and <c>(B B')^-1</c> on the right (scaled gradient descent: Tong, Ma and Chi 2021), those of
/// B alike.
/// </summary>
internal sealed class CurvatureScaling
{
    // Dimensions of a pair that hardly count yet are not sped up by more than 1 over this.
    private const double FactorRidge = 1e-2;

    // What single precision leaves certain of a ratio of slopes, with room.
    private const double LeastRidge = 0.1, MostRidge = 100;

    private readonly Matrix _sources, _outputs;

    /// <param name="moments">Second moments of the embeddings.</param>
    /// <param name="width">d_model.</param>
    /// <param name="ridge">rho, as a share of the moments' mean diagonal t.</param>
    public CurvatureScaling(GramMatrices moments, int width, double ridge)
    {
        _sources = Inverse(moments.Sources, width, ridge);
        _outputs = Inverse(moments.Outputs, width, ridge);
    }

    /// <summary>
    /// rho where a pair stands: along the pair itself, the multiplier of what bounds it against the loss's own curvature.
    /// </summary>
    /// <param name="slope">Of the loss along the pair, in nats.</param>
    /// <param name="curvature">Of the loss along the pair, in nats.</param>
    public static double Ridge(double slope, double curvature) =>
        curvature > 0 ? Math.Clamp(-slope / curvature, LeastRidge, MostRidge) : MostRidge;

    /// <summary>A gradient at factors, scaled.</summary>
    public FactorPair Apply(FactorPair gradient, FactorPair at) => new(
        MatrixProduct.Multiply(_sources, MatrixProduct.Multiply(gradient.Left, Inverse(at.Right))),
        MatrixProduct.Multiply(_outputs, MatrixProduct.Multiply(gradient.Right, Inverse(at.Left))));

    private static Matrix Inverse(Matrix columns) => Inverse(CrossProduct.Of(columns, columns), FactorRidge);

    private static Matrix Inverse(double[] moments, int width, double ridge) =>
        Inverse(Matrix<double>.Build.Dense(width, width, (i, j) => moments[i * width + j]), ridge);

    private static Matrix Inverse(Matrix<double> gram, double ridge)
    {
        int size = gram.RowCount;
        double mean = gram.Trace() / size;
        if (!(mean > 0))
            return Matrix.Identity(size);
        var inverse = (gram / mean + ridge * Matrix<double>.Build.DenseIdentity(size)).Cholesky()
            .Solve(Matrix<double>.Build.DenseIdentity(size));
        return Matrix.Create(size, size, (i, j) => (float)inverse[i, j]);
    }
}
