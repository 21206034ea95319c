using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>How an arm did.</summary>
/// <param name="Factor">Its one scalar, fitted on training text; null for mean ablation, which has none.</param>
/// <param name="Losses">Mean loss of each validation block, in nats.</param>
public sealed record PutBackOutcome(double? Factor, IReadOnlyList<double> Losses)
{
    /// <summary>
    /// Fits an arm's scalar on training text and judges it on validation text. The scalar is that of what the circuits write beyond their
    /// mean; the mean is the replaced heads' own, so that 0 is mean ablation, and the original at 1 is the model.
    /// </summary>
    /// <param name="text">The two heads.</param>
    /// <param name="arm">What is put in their place.</param>
    /// <param name="factor">The scalar; null to fit it.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static PutBackOutcome Judge(PairOnText text, PutBackArm arm, double? factor = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(arm);
        var circuits = arm.Circuits();
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var own = new WrittenOnText(text, [.. arm.Place.Select(head => new PatternCircuit(head, text.Own(head)))]);
        var put = new WrittenOnText(text, circuits);
        // In units of what the heads themselves write, so that Newton's steps are of the right size for any circuit.
        double unit = own.Size > 0 && put.Size > 0 ? own.Size / put.Size : 1;
        Tensor Rest(LayerBlock block) => text.Without(block, arm.Place).Plus(own.Mean);
        double fitted = factor
            ?? (unit * ScalarFit.Fit(text.Forward, text.Training, Rest, block => put.BeyondMean(block).Times(unit)));
        return new(fitted, text.Losses(block => Rest(block).Plus(put.BeyondMean(block).Times(fitted))));
    }

    /// <summary>Mean ablation of some heads: nothing is put in their place but their mean over training text.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="place">One of them, or both.</param>
    public static PutBackOutcome MeanAblation(PairOnText text, IReadOnlyList<HeadIndex> place)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(null, text.LossesUnderMeanAblation(place));
    }

    // What circuits write under heads' patterns, and its mean over training text.
    private sealed class WrittenOnText
    {
        private readonly PairOnText _text;
        private readonly IReadOnlyList<PatternCircuit> _circuits;

        public WrittenOnText(PairOnText text, IReadOnlyList<PatternCircuit> circuits)
        {
            _text = text;
            _circuits = circuits;
            Mean = text.Mean(circuits);
        }

        /// <summary>The mean, [1, d_model].</summary>
        public Tensor Mean { get; }

        /// <summary>Root mean square of what they write beyond it.</summary>
        public double Size => Math.Sqrt(_text.Training.Average(block => BeyondMean(block).MeanSquare()));

        /// <summary>What they write beyond the mean, [N, d_model].</summary>
        public Tensor BeyondMean(LayerBlock block) => block.Written(_circuits) - Mean;
    }
}
