using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What no circuit of a rank and a norm does: a certified lower bound on its log-loss. It says nothing of accuracy, of other embeddings, or
/// of why training does what it does.
/// </summary>
/// <param name="Way">The fits that it is the other side of, of <see cref="FrontierWay"/>.</param>
/// <param name="Rank">The highest rank that it holds for.</param>
/// <param name="Norm">The largest Frobenius norm that it holds for.</param>
/// <param name="LogLoss">The bound, in nats.</param>
/// <param name="RelaxedLogLoss">
/// The lowest log-loss found in the convex hull of all such circuits, in nats: the bound cannot rise above that.
/// </param>
/// <param name="Rounding">What was taken off for rounding, in nats.</param>
/// <param name="Steps">Steps of the search.</param>
/// <param name="Stop">Why it ended.</param>
public sealed record FrontierBound(
    string Way, int Rank, double Norm, double LogLoss, double RelaxedLogLoss, double Rounding, int Steps, LowRankBoundStop Stop)
{
    /// <summary>How far the bound could still rise by more steps, in nats.</summary>
    [JsonIgnore]
    public double Gap => RelaxedLogLoss - LogLoss;

    /// <summary>
    /// A fit of the rank at the norm that starts from the relaxed solution, cut to the rank; null where none was made.
    /// </summary>
    public CircuitResult? Refit { get; init; }
}
