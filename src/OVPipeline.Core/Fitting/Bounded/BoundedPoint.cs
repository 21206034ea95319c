namespace OVPipeline.Core;

/// <summary>Factors within a fit's bounds, and what is known of the objective there.</summary>
/// <param name="Factors">The pair.</param>
/// <param name="Objective">Mean loss and weight decay, in nats.</param>
/// <param name="Gradient">
/// Of the objective, less what would only make the pair grow where it is held at the norm: zero where the bounded problem is stationary.
/// </param>
/// <param name="IsHeld">Whether the pair is as large as the norm allows, and would lower its objective by growing.</param>
/// <param name="RadialSlope">
/// The slope of the mean loss alone along <c>q A B</c> at q = 1, in nats: below zero where the loss would fall by growing.
/// </param>
internal sealed record BoundedPoint(FactorPair Factors, double Objective, FactorPair Gradient, bool IsHeld, double RadialSlope)
{
    /// <summary>
    /// How far from stationary: the objective's steepest fall to first order, in nats, for a move of the factors as long as they are,
    /// within rank and norm.
    /// </summary>
    public double Stationarity { get; } = Math.Sqrt(Gradient.SquaredNorm() * Factors.SquaredNorm());
}
