using System.Text.Json;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>A whole report: what it is about, its parts, and how it was made.</summary>
public sealed record ReportDocument
{
    /// <summary>How parts of a report are written and read as JSON.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly JsonSerializerOptions s_indented = new(Json) { WriteIndented = true };

    /// <summary>Its heading.</summary>
    public required string Title { get; init; }

    /// <summary>What it is about, in a sentence or two.</summary>
    public required string Lead { get; init; }

    /// <summary>Facts of the model and of the run, name and value, as they are shown.</summary>
    public IReadOnlyList<ReportNote> Facts { get; init; } = [];

    /// <summary>The answer in short; null where there is none.</summary>
    public ReportVerdict? Verdict { get; init; }

    /// <summary>Terms that a reader may not know, in the order in which they build on each other.</summary>
    public IReadOnlyList<ReportTerm> Glossary { get; init; } = [];

    /// <summary>The parts, in order.</summary>
    public required IReadOnlyList<ReportSection> Sections { get; init; }

    /// <summary>How to make it again, and other small print.</summary>
    public IReadOnlyList<string> Footer { get; init; } = [];

    /// <summary>
    /// What <c>results.json</c> holds, in the layout of schema version 2. Figures have the names of <c>docs/figures.md</c>, heads are
    /// labels such as <c>L1H10</c>, shares lie in [0, 1]. Charts hold what they show, which <see cref="ChartsIn"/> reads back.
    /// </summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        SchemaVersion = 2,
        Title,
        Facts = Facts.ToDictionary(fact => fact.Title, fact => fact.Text),
        Verdict = Verdict is null ? null : new { Verdict.Statements, Verdict.Sureness },
        Sections = Sections.Select(section => new
        {
            section.Id,
            section.Title,
            section.Status,
            section.Reason,
            section.Exploratory,
            section.Statements,
            Tables = section.Tables.Select(table => new
            {
                table.Id,
                table.Title,
                Columns = table.Columns.Select(column => new
                {
                    Name = column.Key,
                    Heading = column.Name,
                    column.Kind,
                    column.Digits,
                    column.Unit,
                }),
                Rows = table.RowsInFiles,
                table.Units,
                table.Note,
                table.Exploratory,
                table.ShownRows,
            }),
            Charts = section.Charts.Count > 0 ? section.Charts : null,
            Notes = section.Notes.Count > 0 ? section.Notes : null,
        }),
    }, s_indented);

    /// <summary>The charts of a <c>results.json</c>, in order, to be drawn again.</summary>
    /// <param name="json">The text of the file; of before charts were in it, it has none.</param>
    /// <exception cref="JsonException">It is no JSON, or no report's.</exception>
    public static IReadOnlyList<ReportChart> ChartsIn(string json)
    {
        try
        {
            var sections = JsonSerializer.Deserialize<Results>(json, Json)?.Sections
                ?? throw new JsonException("It has no sections: it is no report's.");
            return [.. sections.SelectMany(section => Known(section).Charts ?? []).Select(Known)];
        }
        catch (ArgumentException e)
        {
            throw new JsonException(e.Message.Split(" (Parameter '")[0], e);
        }

        static T Known<T>(T? part) where T : class => part ?? throw new JsonException("A section or a chart is null.");
    }

    /// <summary>Throws where two parts have the same id, or a statement names a table that is not there.</summary>
    /// <exception cref="InvalidOperationException">Names the id.</exception>
    public void Check()
    {
        string[] tables = [.. Sections.SelectMany(section => section.Tables).Select(table => table.Id)];
        string[] ids =
        [
            .. Sections.Select(section => section.Id),
            .. tables,
            .. Sections.SelectMany(section => section.Charts).Select(chart => chart.Id),
            .. Verdict?.Figure is { } figure ? [figure.Id] : Array.Empty<string>(),
        ];
        if (ids.GroupBy(id => id).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two parts of the report are called '{twice.Key}'.");
        foreach (var statement in Sections.SelectMany(section => section.Statements).Concat(Verdict?.Statements ?? []))
        {
            if (tables.Contains(statement.Table))
                continue;
            throw new InvalidOperationException(
                $"A statement links to table '{statement.Table}', which is not there: {statement.Text}");
        }
    }

    private sealed record Results(IReadOnlyList<ResultsSection?>? Sections);

    private sealed record ResultsSection(IReadOnlyList<ReportChart?>? Charts);
}
