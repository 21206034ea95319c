using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// A layer norm, <c>(x - mean) / sqrt(variance + eps)</c>, or an RMS norm, <c>x / sqrt(mean of x^2 + eps)</c>, over the last dimension;
/// times a gain, plus a bias, where there are any.
/// </summary>
/// <param name="centers">Whether it is a layer norm.</param>
/// <param name="epsilon">eps.</param>
/// <param name="gain">Its gain, of the last dimension's size, or of the last two's for a gain of each head; null for none.</param>
/// <param name="bias">Its bias, of the gain's shape; null for none.</param>
internal sealed class Norm(bool centers, double epsilon, Func<Tensor>? gain, Func<Tensor>? bias)
{
    /// <summary>Values [..., n] as what follows reads them.</summary>
    public Tensor Apply(Tensor values)
    {
        var weight = gain?.Invoke();
        if (centers && weight?.ndim is null or 1)
            return nn.functional.layer_norm(values, [values.shape[^1]], weight, bias?.Invoke(), epsilon);
        var normalized = centers
            ? nn.functional.layer_norm(values, [values.shape[^1]], null, null, epsilon)
            : values * InverseSigma(values);
        if (weight is not null)
            normalized = normalized * weight;
        return bias is null ? normalized : normalized.Plus(bias());
    }

    /// <summary>What it multiplies values [..., n] by, after any centring and before gain and bias, [..., 1].</summary>
    public Tensor InverseSigma(Tensor values) => (centers ? values.var(-1, unbiased: false, keepdim: true) : MeanSquare(values))
        .Plus(epsilon).rsqrt();

    /// <summary>The bias, or null.</summary>
    public Tensor? Bias => bias?.Invoke();

    /// <summary>What a part of the values [..., n] becomes at a fixed scale, without the bias: the parts sum to the whole.</summary>
    public Tensor Share(Tensor part, Tensor inverseSigma)
    {
        var centred = (centers ? part - part.mean([-1], keepdim: true) : part) * inverseSigma;
        return gain is null ? centred : centred * gain();
    }

    /// <summary>The directions of values [..., n] before it, at scale 1, that directions [..., n] after it read.</summary>
    public Tensor Folded(Tensor directions)
    {
        var read = gain is null ? directions : directions * gain();
        return centers ? read - read.mean([-1], keepdim: true) : read;
    }

    /// <summary>Values [..., n] centred where it centres, times a scale [..., 1], without gain and bias: linear in the values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="scale">What <see cref="InverseSigma"/> gave, of these values or of others.</param>
    public Tensor Scaled(Tensor values, Tensor scale) => (centers ? values - values.mean([-1L], keepdim: true) : values) * scale;

    private static Tensor MeanSquare(Tensor values) => (values * values).mean([-1], keepdim: true);
}
