namespace OVPipeline.Core;

/// <summary>A circuit as a point below or on the frontier of what its rank and norm allow: one of the model's, or a fit.</summary>
/// <param name="Name">What sentences call it, such as <c>head 1.4</c>.</param>
/// <param name="Rank">Its rank.</param>
/// <param name="Norm">Frobenius norm of its map in the residual stream.</param>
/// <param name="LogLoss">Mean log-loss of copying at its natural scale, in nats.</param>
public sealed record FrontierPoint(string Name, int Rank, double Norm, double LogLoss)
{
    /// <summary>The norm that a fit was held to; null where it was free.</summary>
    public double? MostNorm { get; init; }

    /// <summary>
    /// What a fit itself says of not having converged, such as how far from stationary it ended; null where it says nothing.
    /// </summary>
    public string? NotConverged { get; init; }
}
