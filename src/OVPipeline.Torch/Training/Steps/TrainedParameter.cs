using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>A parameter that an optimiser moves, or ranges of it, with its state.</summary>
/// <param name="name">The parameter's name.</param>
/// <param name="value">Its tensor: contiguous floats on the CPU.</param>
/// <param name="rate">What the learning rate is multiplied by.</param>
/// <param name="ranges">The elements that move, in ascending order; null for all.</param>
internal sealed class TrainedParameter(string name, torch.Tensor value, double rate, IReadOnlyList<(int First, int Count)>? ranges = null)
{
    public string Name { get; } = name;

    public torch.Tensor Value { get; } = value;

    public double Rate { get; } = rate;

    public IReadOnlyList<(int First, int Count)> Ranges { get; } = ranges ?? [(0, (int)value.numel())];

    /// <summary>Mean of gradients.</summary>
    public float[] Mean { get; } = new float[value.numel()];

    /// <summary>Mean of squared gradients.</summary>
    public float[] Square { get; } = new float[value.numel()];

    /// <summary>The gradient of the current step.</summary>
    public torch.Tensor? Gradient { get; set; }
}
