using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>How a fit of an arm of "one pattern or two" did.</summary>
/// <param name="Losses">Mean loss of each validation block, in nats.</param>
public sealed record PatternFit(IReadOnlyList<double> Losses)
{
    /// <summary>The mean loss, in nats.</summary>
    [JsonIgnore]
    public double Loss => Losses.Average();

    /// <summary>The mean loss on some of the text that it was fitted on, in nats; null where nothing was fitted.</summary>
    public double? FittedLoss { get; init; }
}
