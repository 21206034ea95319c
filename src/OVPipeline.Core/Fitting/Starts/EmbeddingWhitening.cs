using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// Coordinates in which both embeddings have unit covariance: <c>A = L_E^-T A~</c> and <c>B' = L_U^-T B~</c>. One step size then suits
/// every direction, and the best map in squared error is a truncated singular value decomposition. Directions in which no embedding
/// lies (as where there are fewer tokens than dimensions) have no coordinate: no pair gets a part there, which no logit would show and only
/// its norm would.
/// </summary>
internal sealed class EmbeddingWhitening
{
    private readonly Matrix _sourceFactor, _outputFactor; // L_E', L_U'
    private readonly Matrix _source, _output; // L_E^-T, L_U^-T

    /// <summary>Coordinates from second moments of embeddings of <paramref name="width"/> dimensions.</summary>
    public EmbeddingWhitening(GramMatrices moments, int width, CancellationToken cancellationToken)
    {
        MomentRoot source = null!, output = null!;
        Parallel.Invoke(() => source = MomentRoot.Of(moments.Sources, width), () => output = MomentRoot.Of(moments.Outputs, width));
        _sourceFactor = source.Factor;
        _source = source.Inverse;
        _outputFactor = output.Factor;
        _output = output.Inverse;
        var half = MatrixProduct.TransposeMultiply(_source, ToMatrix(moments.Cross, width), cancellationToken);
        Correlation = MatrixProduct.Multiply(half, _output, cancellationToken);
    }

    /// <summary>
    /// <c>L_E^-1 C L_U^-T</c> [d_model, d_model]: its singular values are the canonical correlations between the sources and their
    /// labels' outputs, the latter measured by the outputs of the whole vocabulary.
    /// </summary>
    public Matrix Correlation { get; }

    /// <summary>Factors in the model's own coordinates.</summary>
    public FactorPair ToModel(FactorPair whitened) =>
        new(MatrixProduct.Multiply(_source, whitened.Left), MatrixProduct.Multiply(_output, whitened.Right));

    /// <summary>Whitened factors of a pair.</summary>
    public FactorPair FromModel(FactorPair model) =>
        new(MatrixProduct.Multiply(_sourceFactor, model.Left), MatrixProduct.Multiply(_outputFactor, model.Right));

    /// <summary>A gradient with respect to the model's factors, as one with respect to whitened ones.</summary>
    public FactorPair PullBack(FactorPair gradient) =>
        new(MatrixProduct.TransposeMultiply(_source, gradient.Left), MatrixProduct.TransposeMultiply(_output, gradient.Right));

    // L' and L^-T of moments S = L L'; of singular ones, those of the span that the vectors have.
    private sealed record MomentRoot(Matrix Factor, Matrix Inverse)
    {
        // Products are summed in single precision: what they leave in an empty direction, as a share of the fullest one's moment.
        private const double Rounding = 3e-7;

        public static MomentRoot Of(double[] moments, int width)
        {
            var cholesky = CholeskyFactor.Of(moments, width);
            return cholesky.IsNearlySingular
                ? OfSpan(moments, width)
                : new(ToMatrix(cholesky.Lower, width).Transpose(), ToMatrix(cholesky.InverseTransposed, width));
        }

        private static MomentRoot OfSpan(double[] moments, int width)
        {
            double Symmetric(int i, int j) => (moments[i * width + j] + moments[j * width + i]) / 2;
            var evd = Matrix<double>.Build.Dense(width, width, Symmetric).Evd(Symmetricity.Symmetric);
            double mean = evd.EigenValues.Sum(value => value.Real) / width, largest = evd.EigenValues.Max(value => value.Real);
            double least = Math.Max(CholeskyFactor.SmallestRidge * mean, Rounding * largest);
            double[] roots = [.. evd.EigenValues.Select(value => value.Real > least ? Math.Sqrt(value.Real) : 0)];
            return new(
                Core.Matrix.Create(width, width, (k, i) => (float)(roots[k] * evd.EigenVectors[i, k])),
                Core.Matrix.Create(width, width, (i, k) => (float)(roots[k] > 0 ? evd.EigenVectors[i, k] / roots[k] : 0)));
        }
    }

    private static Matrix ToMatrix(double[] values, int width) => new(width, width, Array.ConvertAll(values, v => (float)v));
}
