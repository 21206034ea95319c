using System.Text;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>A table of a report: typed columns, what a row is, over how many units, and what to know to read it.</summary>
public sealed record ReportTable
{
    /// <summary>A table.</summary>
    /// <param name="id">Its name in links and files: lower-case letters, digits and hyphens, unique in a report.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="columns">The columns; the first is the row's header.</param>
    /// <param name="rows">The rows, a cell for each column.</param>
    /// <exception cref="ArgumentException">
    /// The id is no such name, there is no column, a row has another number of cells, or a text column holds a number.
    /// </exception>
    [JsonConstructor]
    public ReportTable(string id, string title, IReadOnlyList<ReportColumn> columns, IReadOnlyList<IReadOnlyList<ReportValue>> rows)
    {
        ReportId.Require(id);
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        if (columns.Count == 0 || Distinct(column => column.Name) != columns.Count || Distinct(column => column.Key) != columns.Count)
        {
            string names = string.Join(", ", columns.Select(column => $"{column.Name} ({column.Key})"));
            throw new ArgumentException($"Table {id}: columns have names of their own; were '{names}'.", nameof(columns));
        }
        for (int row = 0; row < rows.Count; row++)
        {
            int cells = rows[row].Count;
            if (cells != columns.Count)
                throw new ArgumentException($"Table {id}, row {row}: {columns.Count} cells are needed, were {cells}.", nameof(rows));
            for (int column = 0; column < columns.Count; column++)
                if (columns[column].IsText && rows[row][column].Number is { } number)
                    throw new ArgumentException($"Table {id}, row {row}: '{columns[column].Name}' is a text, was {number}.", nameof(rows));
        }
        Id = id;
        Title = title;
        Columns = columns;
        Rows = rows;

        int Distinct(Func<ReportColumn, string> name) => columns.Select(name).Distinct().Count();
    }

    /// <summary>Its name in links and files.</summary>
    public string Id { get; }

    /// <summary>Its heading.</summary>
    public string Title { get; }

    /// <summary>The columns.</summary>
    public IReadOnlyList<ReportColumn> Columns { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<IReadOnlyList<ReportValue>> Rows { get; }

    /// <summary>What its figures are over and what varies: <c>all 3,142 tokens, a census: no intervals</c>.</summary>
    public required string Units { get; init; }

    /// <summary>What to know to read it, or null.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it was not planned as a test of anything.</summary>
    public bool Exploratory { get; init; }

    /// <summary>Whether some of its figures are not at the model's scale (<see cref="ScaleMark"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OffScale { get; init; }

    /// <summary>How many rows a page shows, the first ones; null for all. The CSV file has all.</summary>
    public int? ShownRows { get; init; }

    /// <summary>The rows as files have them: heads as labels such as <c>L1H10</c>.</summary>
    internal IEnumerable<IEnumerable<ReportValue>> RowsInFiles => Rows.Select(row => row.Select((value, i) => Columns[i].InFile(value)));

    /// <summary>
    /// The table as CSV (RFC 4180): a line of the columns' keys, numbers in full, heads as labels such as <c>L1H10</c>, an empty field for
    /// nothing.
    /// </summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        Line(Columns.Select(column => column.Key).Concat(Mark("at_model_scale")));
        foreach (var row in RowsInFiles)
            Line(row.Select(value => value.ToString()).Concat(Mark("no")));
        return text.ToString();

        IEnumerable<string> Mark(string field) => OffScale ? [field] : [];

        void Line(IEnumerable<string> fields) => text.AppendJoin(',', fields.Select(CsvField.Quote)).Append("\r\n");
    }
}
