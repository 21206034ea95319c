using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>OV circuits fitted to next-token loss.</summary>
/// <param name="Circuits">The circuits, each under the pattern of a head.</param>
/// <param name="Constant">What is written at every position besides, [1, d_model].</param>
public sealed record FittedCircuits(IReadOnlyList<PatternCircuit> Circuits, Matrix Constant)
{
    /// <summary>The stream of a block (<see cref="LayerBlock"/>) with them in the place of the two heads' circuits, [N, d_model].</summary>
    public Tensor Residual(LayerBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        using var scope = CallScope.Holding(block);
        var residual = block.Rest.Plus(Constant.ToTensor());
        return scope.Out(Circuits.Count == 0 ? residual : residual.Plus(block.Written(Circuits)));
    }
}
