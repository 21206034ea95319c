using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// The factor of an added contribution that minimises next-token loss: Newton's method, held in a bracket. Where logits are linear in it
/// the loss is convex, and this its minimum; where the model after the heads is run again, the one that the method comes to from factor 1.
/// </summary>
public static class ScalarFit
{
    // Newton's steps square the error. Where the loss is flat, steps double the factor: 30 of them go beyond any factor that is meant.
    private const int MostSteps = 30;

    // The loss is stationary at its minimum: an error of 1e-4 of the factor changes it in the order of 1e-8 only.
    private const double Tolerance = 1e-4;

    // Where the model is run again, a derivative is a difference over this much of the factor to either side: its error goes with the
    // square, that of rounding single-precision logits with the inverse.
    private const double Move = 0.02;

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
        return Minimize(factor =>
        {
            forward.CancellationToken.ThrowIfCancellationRequested();
            double slope = 0, curvature = 0, count = 0;
            foreach (var part in parts)
            {
                using var inner = NewDisposeScope();
                foreach (var (targets, logits, gradient) in Changes(part, factor))
                {
                    // By the factor: logits change by g, so the loss has slope E_p[g] - g[target] and curvature Var_p[g]; of what is not
                    // linear that is the curvature of Gauss and Newton.
                    var probabilities = logits.softmax(-1);
                    var weighted = probabilities * gradient;
                    var mean = weighted.sum(1);
                    var atTarget = gradient.gather(1, targets.unsqueeze(1)).squeeze(1);
                    slope += (mean - atTarget).to(ScalarType.Float64).sum().item<double>();
                    curvature += ((weighted * gradient).sum(1) - mean * mean).to(ScalarType.Float64).sum().item<double>();
                    count += targets.shape[0];
                }
            }
            return (slope / count, curvature / count);
        });
    }

    // Targets, logits, and how these change by the factor, some rows at a time.
    private static IEnumerable<(Tensor Targets, Tensor Logits, Tensor Gradient)> Changes(Part part, double factor)
    {
        var block = part.Block;
        var at = Residual(factor);
        var (up, down) = block.IsLinear ? (at, at) : (Residual(factor + Move), Residual(factor - Move));
        var unembedding = block.IsLinear ? block.Directions() : null;
        foreach (var (first, count) in LogitRows.Of(at.shape[0], block.Outputs))
        {
            using var inner = NewDisposeScope();
            Tensor Logits(Tensor residual) => block.Unembed(residual.narrow(0, first, count));
            var gradient = unembedding is not null
                ? part.Added.narrow(0, first, count).matmul(unembedding)
                : (Logits(up) - Logits(down)).Over(2 * Move);
            yield return (block.Targets.narrow(0, first, count), Logits(at), gradient);
        }

        Tensor Residual(double at) => block.Finish(part.Rest.Plus(part.Added.Times(at)));
    }

    private sealed record Part(LayerBlock Block, Tensor Rest, Tensor Added);

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
