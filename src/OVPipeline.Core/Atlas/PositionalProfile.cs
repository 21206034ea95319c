namespace OVPipeline.Core;

/// <summary>What a head's <see cref="PositionalPattern"/> attends to, as means over query positions.</summary>
/// <param name="Previous">Attention to the position before the query; null where there is one position only.</param>
/// <param name="Current">Attention to the query's own position.</param>
/// <param name="First">Attention to the first position.</param>
/// <param name="Positions">Positions that the pattern is of.</param>
public sealed record PositionalProfile(double? Previous, double Current, double First, int Positions)
{
    /// <summary>The means of a pattern.</summary>
    public static PositionalProfile Of(PositionalPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        double? previous = pattern.Positions > 1 ? pattern.MeanAtDistance(1) : null;
        return new(previous, pattern.MeanAtDistance(0), pattern.MeanOnFirst(), pattern.Positions);
    }
}
