namespace OVPipeline.Core;

/// <summary>The mean loss of all examples with weight decay, of pairs whose product is held to a Frobenius norm.</summary>
/// <param name="problem">The examples and the embeddings.</param>
/// <param name="loss">Computes losses and gradients.</param>
/// <param name="weightDecay">As in <see cref="LowRankFitOptions.WeightDecay"/>.</param>
/// <param name="maxNorm">As in <see cref="LowRankFitOptions.MaxNorm"/>.</param>
internal sealed class BoundedObjective(FitProblem problem, ISoftmaxLoss loss, double weightDecay, double? maxNorm)
{
    // Single-precision factors hit a norm to about 1e-7 of it.
    private const double CapTolerance = 1e-5;

    private readonly SoftmaxBatch _all = new(problem.Sources, problem.Outputs, problem.Labels, problem.Weights, null);

    /// <summary>
    /// The objective at factors, scaled down where they exceed the norm; where they are <paramref name="held"/> at the norm, up to it, too.
    /// </summary>
    public BoundedPoint At(FactorPair factors, bool held, CancellationToken cancellationToken)
    {
        var within = held && maxNorm is { } norm && factors.ProductNorm() is > 0 and var actual
            ? factors.ScaleProduct(norm / actual)
            : factors.Capped(maxNorm);
        var (mean, gradient) = loss.Evaluate(_all, within, cancellationToken);
        double radial = RadialSlope(within, gradient);
        gradient.Add(within, weightDecay);
        bool isHeld = maxNorm is { } cap && within.ProductNorm() >= (1 - CapTolerance) * cap && gradient.Dot(within) < 0;
        if (isHeld)
            gradient.RemoveGrowth(within);
        return new(within, mean + weightDecay / 2 * within.SquaredNorm(), gradient, isHeld, radial);
    }

    /// <summary>
    /// The second derivative of the mean loss along <c>q A B</c> at q = 1, in nats, from slopes at both ends of a small step.
    /// </summary>
    public double RadialCurvature(BoundedPoint point, CancellationToken cancellationToken)
    {
        const double Step = 0.02;
        var longer = point.Factors.ScaleProduct(1 + Step);
        var (_, gradient) = loss.Evaluate(_all, longer, cancellationToken);
        return (RadialSlope(longer, gradient) / (1 + Step) - point.RadialSlope) / Step;
    }

    // The gradient with respect to A is G B', G being that with respect to A B: with A it gives <G, A B>.
    private static double RadialSlope(FactorPair factors, FactorPair gradient) =>
        FactorPair.Dot(factors.Left.Values, gradient.Left.Values);
}
