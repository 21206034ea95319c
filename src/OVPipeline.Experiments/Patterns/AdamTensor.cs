using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>A tensor and Adam's averages of its gradient (Kingma and Ba 2015).</summary>
/// <param name="value">Moved in place.</param>
/// <param name="rate">The highest learning rate.</param>
internal sealed class AdamTensor(Tensor value, double rate)
{
    private const double MeanDecay = 0.9, SquareDecay = 0.98, Epsilon = 1e-12;

    private readonly Tensor _mean = zeros_like(value), _square = zeros_like(value);
    private int _steps;

    public Tensor Value => value;

    /// <summary>One step against a gradient, at a share of the learning rate.</summary>
    public void Step(Tensor gradient, double share)
    {
        _steps++;
        _mean.copy_(_mean.Times(MeanDecay).Plus(gradient.Times(1 - MeanDecay)));
        _square.copy_(_square.Times(SquareDecay).Plus((gradient * gradient).Times(1 - SquareDecay)));
        value.sub_(_mean.Times(share * rate / (1 - Math.Pow(MeanDecay, _steps))) / _square.Over(1 - Math.Pow(SquareDecay, _steps)).sqrt().Plus(Epsilon));
    }
}
