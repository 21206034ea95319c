namespace OVPipeline.Core;

/// <summary>
/// What no circuit of a rank and a norm can do: a lower bound on the log-loss of every pair <c>A [d_model, r] B [r, d_model]</c> of at
/// most that rank and Frobenius norm acting through the same W_E and W_U. It says nothing of accuracy, of other embeddings, or of why
/// training does what it does.
/// </summary>
/// <param name="Rank">The highest rank it holds for.</param>
/// <param name="Norm">The largest Frobenius norm it holds for.</param>
/// <param name="Bound">The lower bound on the mean log-loss, in nats; what rounding may have done is taken off.</param>
/// <param name="RelaxedLoss">
/// The lowest log-loss found in the convex hull of all such pairs, in nats, in single precision: the bound cannot pass it by more than
/// that precision, however long one works.
/// </param>
/// <param name="Rounding">What was taken off for rounding, in nats.</param>
/// <param name="Relaxed">
/// The point of the hull, [d_model, d_model], of that loss. It is of a higher rank in general; its truncation is a start for a fit.
/// </param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Stop">Why it ended.</param>
public sealed record LowRankBound(
    int Rank, double Norm, double Bound, double RelaxedLoss, double Rounding, Matrix Relaxed, int Steps, LowRankBoundStop Stop)
{
    /// <summary>How far the bound can still rise, in nats: the relaxed loss less the bound.</summary>
    public double Gap => RelaxedLoss - Bound;
}

/// <summary>Why the search for a bound ended. The bound holds whatever it was.</summary>
public enum LowRankBoundStop
{
    /// <summary>The gap is within the tolerance.</summary>
    Tolerance,
    /// <summary>All steps were taken.</summary>
    Steps,
    /// <summary>No step lowered the loss any more, as far as single precision can tell.</summary>
    Precision,
    /// <summary>It was cancelled.</summary>
    Cancelled,
}

/// <summary>Where the search for a bound stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Most steps there will be.</param>
/// <param name="RelaxedLoss">The lowest loss in the hull so far, in nats.</param>
/// <param name="Bound">The best bound so far, in nats, in single precision and not yet certified.</param>
public readonly record struct LowRankBoundProgress(int Step, int Steps, double RelaxedLoss, double Bound);
