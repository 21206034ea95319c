namespace OVPipeline.Core;

/// <summary>Of which circuits a lower bound on the log-loss is wanted, and how long it is worked on.</summary>
public sealed record LowRankBoundOptions
{
    /// <summary>The highest rank of the pairs that the bound holds for, from 1 to d_model.</summary>
    public required int Rank { get; init; }

    /// <summary>Their largest Frobenius norm, <c>|A B|</c>, above 0.</summary>
    public required double Norm { get; init; }

    /// <summary>Steps at most; each takes two to four passes over all logits. Default: 400.</summary>
    public int MaxSteps { get; init; } = 400;

    /// <summary>
    /// The gap, in nats, between the loss of the relaxed problem and the bound at which it is done. Default: 0.005.
    /// </summary>
    public double Tolerance { get; init; } = 0.005;

    /// <summary>Where to start: a fitted pair, or the solution for another rank or norm. Default: zero.</summary>
    public Matrix? Start { get; init; }
}
