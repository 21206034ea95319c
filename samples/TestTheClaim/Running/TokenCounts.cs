namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How often each token occurs in a text.</summary>
/// <param name="ById">A count for each token.</param>
/// <param name="Source">What text, in words.</param>
internal sealed record TokenCounts(IReadOnlyList<long> ById, string Source)
{
    /// <summary>Tokens counted.</summary>
    public long Total { get; } = ById.Sum();
}
