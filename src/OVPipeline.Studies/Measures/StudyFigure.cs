using System.Text.Json.Serialization;

namespace OVPipeline.Studies;

/// <summary>A figure that a unit found, and what names it within the unit. Figures are called as in docs/figures.md.</summary>
/// <param name="Figure">Its name, such as <c>top1</c>.</param>
/// <param name="Value">Its value, finite.</param>
public sealed record StudyFigure(string Figure, double Value)
{
    /// <summary>Its unit, such as <c>share</c> or <c>nats</c>; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    /// <summary>The head or heads that it is of, as labels: <c>L1H4</c>, <c>L1H1+L1H7</c>; null where it is of none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Heads { get; init; }

    /// <summary>The layer, 0-based; null where it is of none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Layer { get; init; }

    /// <summary>The rank of a fit; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Rank { get; init; }

    /// <summary>The seed of a fit; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Seed { get; init; }

    /// <summary>The table of an experiment that it stands in; null where it is of none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Table { get; init; }

    /// <summary>The place of its row in that table, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Place { get; init; }

    /// <summary>The texts of its row in that table, <c>circuit=heads L1H1+L1H7</c>, with semicolons between them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Row { get; init; }
}
