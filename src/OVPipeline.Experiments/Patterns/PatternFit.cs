namespace OVPipeline.Experiments;

/// <summary>A fit of an arm of "one pattern or two".</summary>
/// <param name="Losses">Mean loss of each validation block, in nats.</param>
internal sealed record PatternFit(double[] Losses)
{
    /// <summary>The mean loss.</summary>
    public double Loss => Losses.Average();
}
