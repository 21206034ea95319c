namespace OVPipeline.Torch;

/// <summary>
/// Standard deviations of a model's first weights. Larger W_E and W_pos let previous-token heads form sooner; the defaults trained the
/// embedded model.
/// </summary>
public sealed record InitialScales
{
    /// <summary>Of W_E.</summary>
    public double Embedding { get; init; } = 0.3;

    /// <summary>Root mean square of W_pos, which starts as sinusoids of wavelengths from pi to 2 pi n_ctx.</summary>
    public double Position { get; init; } = 0.3;

    /// <summary>Of W_Q, W_K and W_V, times sqrt(d_model).</summary>
    public double Attention { get; init; } = 1;

    /// <summary>Of W_O, times sqrt(d_model).</summary>
    public double Output { get; init; } = 0.5;

    /// <summary>Of W_U, times sqrt(d_model).</summary>
    public double Unembedding { get; init; } = 0.3;
}
