namespace OVPipeline.Experiments;

/// <summary>
/// The frontier at a rank and a norm from both sides: the lowest log-loss that any circuit within them has lies between the two.
/// </summary>
/// <param name="Rank">The rank.</param>
/// <param name="Norm">The Frobenius norm.</param>
/// <param name="LeastLogLoss">No circuit within them has less, in nats: certified.</param>
/// <param name="MostLogLoss">A circuit within them has no more, in nats: it was measured.</param>
/// <param name="ReachedBy">That circuit.</param>
public sealed record FrontierInterval(int Rank, double Norm, double LeastLogLoss, double MostLogLoss, string ReachedBy)
{
    /// <summary>How far apart the two are, in nats.</summary>
    public double Width => MostLogLoss - LeastLogLoss;
}
