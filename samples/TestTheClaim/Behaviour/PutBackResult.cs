namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How an arm did.</summary>
/// <param name="Factor">Its one scalar, fitted on training text; null for mean ablation, which has none.</param>
/// <param name="Losses">Mean loss of each validation block, in nats.</param>
internal sealed record PutBackResult(double? Factor, double[] Losses)
{
    /// <summary>Fits an arm's scalar on training text and judges it on validation text.</summary>
    public static PutBackResult Judge(PairOnText text, PutBackArm arm, double? factor = null)
    {
        var terms = arm.Terms();
        using var gradients = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        // In units of what the heads themselves write, so that Newton's steps are of the right size for any circuit.
        double own = Size(text, [.. arm.Place.Select(head => (head, text.Own(head)))]), size = Size(text, terms), unit = own > 0 && size > 0 ? own / size : 1;
        double fitted = factor ?? unit * ScalarFit.Fit(text.Forward, text.Training, block => text.Without(block, arm.Place), block => block.Written(terms) * unit);
        return new(fitted, text.Losses(block => text.Without(block, arm.Place) + block.Written(terms) * fitted));
    }

    /// <summary>Mean ablation of some heads.</summary>
    public static PutBackResult MeanAblation(PairOnText text, IReadOnlyList<Core.HeadIndex> place) =>
        new(null, text.Losses(block => place.Aggregate(text.Without(block, place), (sum, head) => sum + text.Mean(head))));

    private static double Size(PairOnText text, IReadOnlyList<(Core.HeadIndex, Core.FactoredMatrix)> terms) =>
        Math.Sqrt(text.Training.Average(block => block.Written(terms).square().mean().item<float>()));
}
