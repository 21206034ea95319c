namespace OVPipeline.Experiments;

/// <summary>Whether both heads start before either is done.</summary>
public enum DynamicsVerdict
{
    /// <summary>Both surely started before either was done, and the first still had slack to the rank frontier.</summary>
    Supported,

    /// <summary>One was surely done before the other started.</summary>
    Refuted,

    /// <summary>Both surely started before either was done, but the first had no slack any more.</summary>
    NoSlack,

    /// <summary>The checkpoints are too far apart, or a head never started.</summary>
    Open,
}
