using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>OV circuits fitted to next-token loss.</summary>
/// <param name="Terms">Whose pattern each circuit is under.</param>
/// <param name="Constant">What is written at every position besides, [1, d_model].</param>
internal sealed record FittedCircuits(IReadOnlyList<(HeadIndex Pattern, FactoredMatrix Circuit)> Terms, Matrix Constant)
{
    /// <summary>The residual stream of a block with them in the place of the two heads' circuits, [N, d_model].</summary>
    public Tensor Residual(LayerBlock block)
    {
        var residual = block.Rest.Plus(Constant.ToTensor());
        return Terms.Count == 0 ? residual : residual.Plus(block.Written(Terms));
    }
}
