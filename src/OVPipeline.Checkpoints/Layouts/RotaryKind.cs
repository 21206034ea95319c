namespace OVPipeline.Checkpoints;

/// <summary>A family's rotary positions, as its configuration has them where a file does not say.</summary>
/// <param name="Share">The share of a head's dimensions that they turn.</param>
/// <param name="Base">Their base.</param>
/// <param name="AdjacentPairs">Whether they turn neighbouring dimensions.</param>
/// <param name="LocalBase">Their base on layers whose attention has a window, where it is another.</param>
internal sealed record RotaryKind(double Share = 1, double Base = 10_000, bool AdjacentPairs = false, double? LocalBase = null)
{
    /// <summary>How many dimensions they turn, whatever the share; null for the share.</summary>
    public int? Dimensions { get; init; }
}
