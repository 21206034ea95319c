namespace OVPipeline.Samples.TestTheClaim;

/// <summary>A way to fill a rank, measured once or over fit seeds.</summary>
/// <param name="Way">The way.</param>
/// <param name="Rank">The rank.</param>
/// <param name="Repeats">The circuits.</param>
internal sealed record FrontierArm(string Way, int Rank, IReadOnlyList<CircuitResult> Repeats)
{
    /// <summary>Mean top-1 share.</summary>
    public double Top1 => ArmTable.Top1(Repeats);

    /// <summary>Mean of d'^2; null where it is not defined.</summary>
    public double? SquaredSeparation => Repeats.Select(one => one.Row.DPrime * one.Row.DPrime).Average();

    /// <summary>Mean log-loss at natural scale, in nats.</summary>
    public double LogLoss => Repeats.Average(one => one.Row.LogLoss);
}
