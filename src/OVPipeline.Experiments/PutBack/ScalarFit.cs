using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// The factor of an added contribution that minimises next-token loss. Logits are linear in it, so the loss is convex: Newton's method,
/// held in a bracket.
/// </summary>
public static class ScalarFit
{
    // Newton's steps square the error. Where the loss is flat, steps double the factor: 30 of them go beyond any factor that is meant.
    private const int MostSteps = 30;

    // The loss is stationary at its minimum: an error of 1e-4 of the factor changes it in the order of 1e-8 only.
    private const double Tolerance = 1e-4;

    /// <summary>The best factor of <paramref name="added"/> on top of <paramref name="rest"/>, over blocks of text.</summary>
    /// <param name="forward">The model.</param>
    /// <param name="blocks">Blocks of training text.</param>
    /// <param name="rest">The residual stream without the contribution, [N, d_model].</param>
    /// <param name="added">The contribution, [N, d_model].</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static double Fit(
        ForwardModel forward, IReadOnlyList<LayerBlock> blocks, Func<LayerBlock, Tensor> rest, Func<LayerBlock, Tensor> added)
    {
        ArgumentNullException.ThrowIfNull(forward);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var unembedding = forward.Weights.W_U.ToTensor();
        var parts = blocks.Select(block => (block.Targets, Base: rest(block), Added: added(block))).ToArray();
        return Minimize(factor =>
        {
            forward.CancellationToken.ThrowIfCancellationRequested();
            double slope = 0, curvature = 0, count = 0;
            foreach (var part in parts)
            {
                using var inner = NewDisposeScope();
                // By the factor: logits change by g = added W_U, so the loss has slope E_p[g] - g[target] and curvature Var_p[g].
                var gradient = part.Added.matmul(unembedding);
                var probabilities = forward.Unembed(part.Base.Plus(part.Added.Times(factor))).softmax(-1);
                var weighted = probabilities * gradient;
                var mean = weighted.sum(1);
                var atTarget = gradient.gather(1, part.Targets.unsqueeze(1)).squeeze(1);
                slope += (mean - atTarget).to(ScalarType.Float64).sum().item<double>();
                curvature += ((weighted * gradient).sum(1) - mean * mean).to(ScalarType.Float64).sum().item<double>();
                count += part.Targets.shape[0];
            }
            return (slope / count, curvature / count);
        });
    }

    /// <summary>The minimum of a convex function, given its slope and curvature.</summary>
    internal static double Minimize(Func<double, (double Slope, double Curvature)> loss, double start = 1)
    {
        double low = double.NegativeInfinity, high = double.PositiveInfinity, at = start;
        for (int step = 0; step < MostSteps; step++)
        {
            var (slope, curvature) = loss(at);
            if (slope == 0)
                return at;
            if (slope > 0)
                high = at;
            else
                low = at;
            double reach = Math.Max(1, Math.Abs(at));
            double move = curvature > 0 ? Math.Clamp(-slope / curvature, -reach, reach) : -Math.Sign(slope) * reach;
            double next = at + move;
            if (next <= low || next >= high)
                next = (low + high) / 2;
            if (Math.Abs(next - at) < Tolerance * reach)
                return next;
            at = next;
        }
        return at;
    }
}
