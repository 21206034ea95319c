using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// The factor of an added contribution that minimises next-token loss: Newton's method, held in a bracket. Where logits are linear in it
/// the loss is convex, and this its minimum; where the model after the heads is run again, the one that the method comes to from factor 1,
/// by differences of the loss itself.
/// </summary>
public static class ScalarFit
{
    // Newton's steps square the error. Where the loss is flat, steps double the factor: 30 of them go beyond any factor that is meant.
    private const int MostConvexSteps = 30;

    // The loss is stationary at its minimum: an error of 1e-4 of the factor changes it in the order of 1e-8 only.
    private const double Tolerance = 1e-4;

    // Where the model is run again, a step is three runs of it: most fits take four to six, those of circuits that hardly matter more.
    private const int MostSteps = 20;

    // How far to either side the loss is taken for its slope and curvature: the error of a difference goes with the square of this, that of
    // losses in single precision with the inverse.
    private const double Move = 0.05;

    // What a step has to gain, in nats: means of losses in single precision tell no less apart.
    private const double LeastGain = 1e-7;

    /// <summary>The best factor of <paramref name="added"/> on top of <paramref name="rest"/>, over blocks of text.</summary>
    /// <param name="forward">The model.</param>
    /// <param name="blocks">Blocks of training text.</param>
    /// <param name="rest">The stream without the contribution, [N, d_model].</param>
    /// <param name="added">The contribution, [N, d_model].</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static double Fit(
        ForwardModel forward, IReadOnlyList<LayerBlock> blocks, Func<LayerBlock, Tensor> rest, Func<LayerBlock, Tensor> added)
    {
        ArgumentNullException.ThrowIfNull(forward);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Part[] parts = [.. blocks.Select(block => new Part(block, rest(block), added(block)))];
        if (parts.All(part => part.Block.IsLinear))
            return Minimize(factor => Derivatives(parts, factor, forward.CancellationToken));
        return Minimize(factor => Differences(at => Loss(parts, at, forward.CancellationToken), factor), MostSteps, LeastGain);
    }

    // By the factor logits change by g, so the loss has slope E_p[g] - g[target] and curvature Var_p[g].
    private static (double Slope, double Curvature) Derivatives(Part[] parts, double factor, CancellationToken cancellationToken)
    {
        double slope = 0, curvature = 0, count = 0;
        foreach (var part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var sums = part.Block.LossAlong(part.Residual(factor), part.Added);
            slope += sums.Slope;
            curvature += sums.Curvature;
            count += part.Block.Targets.shape[0];
        }
        return (slope / count, curvature / count);
    }

    // Of any loss, true to the square of the move.
    private static (double Slope, double Curvature) Differences(Func<double, double> loss, double factor)
    {
        double down = loss(factor - Move), at = loss(factor), up = loss(factor + Move);
        return ((up - down) / (2 * Move), (up - at - (at - down)) / (Move * Move));
    }

    // The mean over all scored positions.
    private static double Loss(Part[] parts, double factor, CancellationToken cancellationToken)
    {
        double sum = 0;
        foreach (var part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            sum += part.Block.Losses(part.Residual(factor)).to(ScalarType.Float64).sum().item<double>();
        }
        return sum / parts.Sum(part => part.Block.Targets.shape[0]);
    }

    private sealed record Part(LayerBlock Block, Tensor Rest, Tensor Added)
    {
        /// <summary>The final residual stream, [M, d_model].</summary>
        public Tensor Residual(double factor) => Block.Finish(Rest.Plus(Added.Times(factor)));
    }

    /// <summary>
    /// The minimum of a convex function, given its slope and curvature; of another a place where it is lower than before.
    /// </summary>
    /// <param name="loss">Slope and curvature at a place.</param>
    /// <param name="mostSteps">Steps, at most.</param>
    /// <param name="leastGain">What a step has to gain by its slope; with less it ends.</param>
    internal static double Minimize(
        Func<double, (double Slope, double Curvature)> loss, int mostSteps = MostConvexSteps, double leastGain = 0)
    {
        double low = double.NegativeInfinity, high = double.PositiveInfinity, at = 1;
        for (int step = 0; step < mostSteps; step++)
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
            if (Math.Abs(slope * (next - at)) < leastGain)
                return at;
            if (Math.Abs(next - at) < Tolerance * reach)
                return next;
            at = next;
        }
        return at;
    }
}
