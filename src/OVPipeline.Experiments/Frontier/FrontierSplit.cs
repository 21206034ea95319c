namespace OVPipeline.Experiments;

/// <summary>
/// Two heads of half the rank each, at the norms of the best pair's heads and attending alike, from both sides.
/// </summary>
/// <remarks>
/// The sum of two circuits of rank r/2 and norms a and b is, to a linear function, no more than one of rank r/2 and norm a + b:
/// <c>min ⟨G, M₁⟩ + min ⟨G, M₂⟩ = -(a + b) |G|_{r/2}</c>. So the bound for that one holds for all such sums.
/// </remarks>
/// <param name="HalfRank">The rank of each.</param>
/// <param name="Norms">The Frobenius norm of each, at most.</param>
/// <param name="Bound">The bound of one circuit of that rank and of the sum of the norms.</param>
/// <param name="Halves">The best fit of both ranks together at the pair's norm, cut into two that are within them, and added up.</param>
public sealed record FrontierSplit(int HalfRank, IReadOnlyList<double> Norms, FrontierBound Bound, CircuitResult Halves)
{
    /// <summary>The lowest log-loss of two such heads lies in here, in nats.</summary>
    internal FrontierInterval Interval =>
        new(2 * HalfRank, Norms.Sum(), Bound.LogLoss, Halves.Row.LogLoss, "a fit, cut into two");
}
