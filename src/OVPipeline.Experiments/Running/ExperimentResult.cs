using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What an experiment found, as data that can be written and read as JSON. Its tables, charts and sentences are functions of that data.
/// </summary>
public abstract record ExperimentResult
{
    /// <summary>The result as a part of a report: sentences, charts, tables, remarks.</summary>
    public abstract ReportSection ToSection();

    /// <summary>Its tables.</summary>
    [JsonIgnore]
    public IReadOnlyList<ReportTable> Tables => ToSection().Tables;

    /// <summary>The table of an id.</summary>
    /// <exception cref="ArgumentException">It has no such table; the message names those that it has.</exception>
    public ReportTable Table(string id)
    {
        var tables = Tables;
        return tables.FirstOrDefault(table => table.Id == id)
            ?? throw new ArgumentException(
                $"There is no table '{id}', only {string.Join(", ", tables.Select(table => table.Id))}.", nameof(id));
    }
}
