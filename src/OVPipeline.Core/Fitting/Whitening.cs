namespace OVPipeline.Core;

/// <summary>
/// Coordinates in which both embeddings have unit covariance: <c>A = L_E^-T A~</c> and <c>B' = L_U^-T B~</c>. One step size then suits
/// every direction, and the best map in squared error is a truncated singular value decomposition.
/// </summary>
internal sealed class Whitening
{
    private readonly Matrix _sourceFactor, _outputFactor; // L_E', L_U'
    private readonly Matrix _source, _output; // L_E^-T, L_U^-T

    /// <summary>Coordinates from second moments of embeddings of <paramref name="width"/> dimensions.</summary>
    public Whitening(GramMatrices moments, int width, CancellationToken cancellationToken)
    {
        Cholesky source = null!, output = null!;
        Parallel.Invoke(() => source = Cholesky.Of(moments.Sources, width), () => output = Cholesky.Of(moments.Outputs, width));
        _sourceFactor = ToMatrix(source.Lower, width).Transpose();
        _outputFactor = ToMatrix(output.Lower, width).Transpose();
        _source = ToMatrix(source.InverseTransposed, width);
        _output = ToMatrix(output.InverseTransposed, width);
        var half = MatrixProduct.TransposeMultiply(_source, ToMatrix(moments.Cross, width), cancellationToken);
        Correlation = MatrixProduct.Multiply(half, _output, cancellationToken);
    }

    /// <summary>
    /// <c>L_E^-1 C L_U^-T</c> [d_model, d_model]: its singular values are the canonical correlations between the sources and their
    /// labels' outputs, the latter measured by the outputs of the whole vocabulary.
    /// </summary>
    public Matrix Correlation { get; }

    /// <summary>Factors in the model's own coordinates.</summary>
    public Factors ToModel(Factors whitened) => new(MatrixProduct.Multiply(_source, whitened.Left), MatrixProduct.Multiply(_output, whitened.Right));

    /// <summary>Whitened factors of a pair.</summary>
    public Factors FromModel(Factors model) =>
        new(MatrixProduct.Multiply(_sourceFactor, model.Left), MatrixProduct.Multiply(_outputFactor, model.Right));

    /// <summary>A gradient with respect to the model's factors, as one with respect to whitened ones.</summary>
    public Factors PullBack(Factors gradient) =>
        new(MatrixProduct.TransposeMultiply(_source, gradient.Left), MatrixProduct.TransposeMultiply(_output, gradient.Right));

    private static Matrix ToMatrix(double[] values, int width) => new(width, width, Array.ConvertAll(values, v => (float)v));
}
