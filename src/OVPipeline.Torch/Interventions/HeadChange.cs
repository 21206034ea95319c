using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What is done to one head: each part is independent, and null leaves it as it is.</summary>
/// <param name="PatternOf">The head whose pattern it attends with.</param>
/// <param name="Source">Where what it writes comes from.</param>
/// <param name="Scale">A factor of all it writes, [] or [1].</param>
internal sealed record HeadChange(HeadIndex? PatternOf, HeadSource? Source, Tensor? Scale)
{
    public static HeadChange None { get; } = new(null, null, null);

    /// <summary>A constant factor; read by the model's type and device.</summary>
    public double? Factor { get; init; }
}
