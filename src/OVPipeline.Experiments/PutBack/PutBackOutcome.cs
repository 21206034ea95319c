using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>How an arm did.</summary>
/// <param name="Factor">Its one scalar, fitted on training text; null for mean ablation, which has none.</param>
/// <param name="Losses">Mean loss of each validation block, in nats.</param>
internal sealed record PutBackResult(double? Factor, double[] Losses)
{
    /// <summary>
    /// Fits an arm's scalar on training text and judges it on validation text. The scalar is that of what the circuits write beyond their mean; the
    /// mean is the replaced heads' own, so that 0 is mean ablation, and the original at 1 is the model.
    /// </summary>
    public static PutBackResult Judge(PairOnText text, PutBackArm arm, double? factor = null)
    {
        var terms = arm.Terms();
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        HeadCircuits own = new(text, [.. arm.Place.Select(head => (head, text.Own(head)))]), put = new(text, terms);
        // In units of what the heads themselves write, so that Newton's steps are of the right size for any circuit.
        double unit = own.Size > 0 && put.Size > 0 ? own.Size / put.Size : 1;
        double fitted = factor ?? unit * ScalarFit.Fit(text.Forward, text.Training, block => text.Without(block, arm.Place).Plus(own.Mean), block => put.BeyondMean(block).Times(unit));
        return new(fitted, text.Losses(block => text.Without(block, arm.Place).Plus(own.Mean).Plus(put.BeyondMean(block).Times(fitted))));
    }

    /// <summary>Mean ablation of some heads.</summary>
    public static PutBackResult MeanAblation(PairOnText text, IReadOnlyList<HeadIndex> place) =>
        new(null, text.Losses(block => place.Aggregate(text.Without(block, place), (sum, head) => sum.Plus(text.Mean(head)))));

    // What circuits write under heads' patterns, and its mean over training text.
    private sealed class HeadCircuits(PairOnText text, IReadOnlyList<(HeadIndex Pattern, FactoredMatrix Circuit)> terms)
    {
        /// <summary>The mean, [1, d_model].</summary>
        public Tensor Mean { get; } = text.Mean(terms);

        /// <summary>Root mean square of what they write beyond it.</summary>
        public double Size => Math.Sqrt(text.Training.Average(block => BeyondMean(block).MeanSquare()));

        /// <summary>What they write beyond the mean, [N, d_model].</summary>
        public Tensor BeyondMean(LayerBlock block) => block.Written(terms) - Mean;
    }
}
