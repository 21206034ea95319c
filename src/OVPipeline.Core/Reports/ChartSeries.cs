using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>A line of a chart, or one of several bars in each of its groups.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">Positions; ignored where bars are drawn.</param>
/// <param name="Y">Heights, as many; NaN where there is none.</param>
public sealed record ChartSeries(
    string Name,
    [property: JsonConverter(typeof(ChartNumbers))] IReadOnlyList<double> X,
    [property: JsonConverter(typeof(ChartNumbers))] IReadOnlyList<double> Y)
{
    /// <summary>Lower ends of intervals, as many; null for none.</summary>
    [JsonConverter(typeof(ChartNumbers))]
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>Upper ends of intervals, as many; null for none.</summary>
    [JsonConverter(typeof(ChartNumbers))]
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Whether the intervals of a line are filled as one band rather than drawn as a bar at each point.</summary>
    public bool Band { get; init; }

    /// <summary>Whether it is a reference that others are compared with: drawn grey, as a dashed line without markers.</summary>
    public bool Reference { get; init; }
}
