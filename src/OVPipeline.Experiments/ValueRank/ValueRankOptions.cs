using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>What "change the rank in training" reads.</summary>
public sealed record ValueRankOptions : ExperimentOptions
{
    /// <summary>
    /// The folder in which <see cref="ValueRankRuns"/> left its results, <c>value-rank.csv</c>; null for none. A result depends on what the
    /// file holds, not on where it is.
    /// </summary>
    [JsonIgnore]
    public string? Results { get; init; }
}
