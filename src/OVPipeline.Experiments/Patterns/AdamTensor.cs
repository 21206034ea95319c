using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>A tensor and Adam's averages of its gradient (Kingma and Ba 2015).</summary>
/// <param name="value">Moved in place.</param>
/// <param name="rate">The highest learning rate.</param>
internal sealed class AdamTensor(Tensor value, double rate)
{
    // Kingma and Ba's decay of the mean. Theirs of the square, 0.999, averages over about 1,000 steps, more than a fit has: 0.98 over 50.
    private const double MeanDecay = 0.9, SquareDecay = 0.98;

    // Keeps a direction without any gradient from being divided by zero, and is far below the gradients of all others.
    private const double Epsilon = 1e-12;

    private readonly Tensor _mean = zeros_like(value), _square = zeros_like(value);
    private int _steps;

    public Tensor Value => value;

    /// <summary>One step against a gradient, at a share of the learning rate.</summary>
    public void Step(Tensor gradient, double share)
    {
        _steps++;
        _mean.copy_(_mean.Times(MeanDecay).Plus(gradient.Times(1 - MeanDecay)));
        _square.copy_(_square.Times(SquareDecay).Plus((gradient * gradient).Times(1 - SquareDecay)));
        var deviation = _square.Over(1 - Math.Pow(SquareDecay, _steps)).sqrt().Plus(Epsilon);
        value.sub_(_mean.Times(share * rate / (1 - Math.Pow(MeanDecay, _steps))) / deviation);
    }
}
