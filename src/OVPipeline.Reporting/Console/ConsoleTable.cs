using OVPipeline.Core;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OVPipeline.Reporting;

/// <summary>
/// A table that fits the console it is written to and never breaks a number. Where it is too wide, headings are broken at spaces, then
/// names in the first column, then columns are left out by priority and a line says which; where not even two columns fit, rows are
/// stacked.
/// </summary>
public sealed class ConsoleTable : Renderable
{
    private const int LeastName = 16; // characters of the first column: "heads 1.1 + 1.7," in one line
    private const int LongestCell = 500; // names of files may be megabytes long, and every character would be measured many times
    private const int Endless = 10_000;

    private readonly ConsoleColumn[] _columns;
    private readonly string[][] _rows;

    /// <summary>A table.</summary>
    /// <param name="columns">One or more columns; the first names the rows and is never left out.</param>
    /// <param name="rows">The rows, a cell as it is shown for each column; cells of more than 500 characters are shortened.</param>
    /// <exception cref="ArgumentException">There is no column, or a row has another number of cells.</exception>
    public ConsoleTable(IEnumerable<ConsoleColumn> columns, IEnumerable<IEnumerable<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        _columns = [.. columns];
        _rows = [.. rows.Select(row => row.Select(Shortened).ToArray())];
        if (_columns.Length == 0 || _rows.FirstOrDefault(row => row.Length != _columns.Length) is not null)
            throw new ArgumentException($"A row has a cell for each of one or more columns, here {_columns.Length}.", nameof(rows));
    }

    /// <summary>What stands above it, or null.</summary>
    public string? Title { get; init; }

    /// <summary>Where the columns are that do not fit, such as <c>results.json</c>; null where they are nowhere else.</summary>
    public string? Elsewhere { get; init; }

    /// <summary>The columns, whether or not they fit.</summary>
    public IReadOnlyList<ConsoleColumn> Columns => _columns;

    /// <summary>How many rows there are.</summary>
    public int Count => _rows.Length;

    /// <summary>A table of a report. Where all its figures are shares, the title says so once for all.</summary>
    /// <param name="table">The table.</param>
    /// <param name="elsewhere">The file that has all its columns; null for none.</param>
    public static ConsoleTable Of(ReportTable table, string? elsewhere = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ReportColumn[] numbers = [.. table.Columns.Where(column => !column.IsText)];
        bool percent = numbers.Length > 0 && numbers.All(column => column.Kind == ReportColumnKind.Share);
        string Cell(ReportColumn column, ReportValue value) =>
            percent && !column.IsText ? column.Show(value).Replace(" %", "", StringComparison.Ordinal) : column.Show(value);
        return new(table.Columns.Select(column => new ConsoleColumn(Heading(column), column.IsText, column.Priority)),
            table.Rows.Select(row => row.Select((value, i) => Cell(table.Columns[i], value))))
        {
            Title = percent ? $"{table.Title}, %" : table.Title,
            Elsewhere = elsewhere,
        };

        static string Heading(ReportColumn column) => column.Unit is { } unit ? $"{column.Name} ({unit})" : column.Name;
    }

    /// <inheritdoc/>
    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(Math.Min(maxWidth, LeastName), maxWidth);

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var (shown, leftOut) = Fit(options, maxWidth);
        List<IRenderable> parts = [shown];
        if (leftOut.Count > 0)
        {
            string where = Elsewhere is null ? "a wider console shows all" : $"{Elsewhere} has all";
            parts.Add(new Text($"Left out for width: {string.Join(", ", leftOut)}; {where}."));
        }
        return ((IRenderable)new Rows(parts)).Render(options, maxWidth);
    }

    private (IRenderable Shown, IReadOnlyList<string> LeftOut) Fit(RenderOptions options, int maxWidth)
    {
        int[] all = [.. Enumerable.Range(0, _columns.Length)];
        int[] bySaving = [.. all.OrderByDescending(i => Width(_columns[i].Heading) - BrokenWidth(i))];
        for (int broken = 0; broken <= all.Length; broken++)
            if (Fits(all, [.. bySaving.Take(broken)], wrappedNames: false, options, maxWidth) is { } whole)
                return (whole, []);
        // The first column stays, and of the others those of the lowest priority numbers.
        int[] order = [0, .. all.Skip(1).OrderBy(i => _columns[i].Priority).ThenBy(i => i)];
        for (int kept = _columns.Length; kept >= Math.Min(2, _columns.Length); kept--)
        {
            int[] columns = [.. order.Take(kept).Order()];
            if (Fits(columns, all, wrappedNames: true, options, maxWidth) is { } fewer)
                return (fewer, [.. all.Except(columns).Select(i => _columns[i].Heading)]);
        }
        return (Stacked(maxWidth), []);
    }

    // The table, if it is as narrow as it must be, or is so with sentences in further lines.
    private Table? Fits(int[] columns, int[] brokenHeadings, bool wrappedNames, RenderOptions options, int maxWidth)
    {
        var table = Table(columns, brokenHeadings, wrappedNames);
        int over = ((IRenderable)table).Measure(options, Endless).Max - maxWidth;
        if (over <= 0)
            return table;
        int sentences = Array.FindIndex(columns, i => _columns[i].Wraps);
        if (sentences < 0)
            return null;
        int left = Lines(columns[sentences]).Max(Width) - over;
        if (left < Math.Max(LeastName, LongestWord(columns[sentences])))
            return null;
        table.Columns[sentences].Width = left;
        table.Columns[sentences].NoWrap = false;
        return table;
    }

    private Table Table(int[] columns, int[] brokenHeadings, bool wrappedNames)
    {
        var table = new Table { Border = TableBorder.Simple, Title = Title is null ? null : new(Markup.Escape(Title)) };
        foreach (int i in columns)
        {
            string heading = brokenHeadings.Contains(i) ? Broken(i) : _columns[i].Heading;
            var side = _columns[i].IsText ? Justify.Left : Justify.Right;
            var column = new TableColumn(new Text(heading)) { Alignment = side, NoWrap = true };
            if (i == 0 && wrappedNames)
            {
                column.NoWrap = false;
                column.Width = Math.Min(Lines(0).Max(Width), Math.Max(LeastName, LongestWord(0)));
            }
            table.AddColumn(column);
        }
        foreach (string[] row in _rows)
            table.AddRow(columns.Select(i => new Text(row[i])));
        return table;
    }

    // As wide as a column must be: its longest word or its widest cell.
    private int BrokenWidth(int column) =>
        Math.Max(_columns[column].Heading.Split(' ').Max(Width), _rows.Select(row => Width(row[column])).DefaultIfEmpty().Max());

    // The heading in lines no wider than they must be.
    private string Broken(int column)
    {
        string[] words = _columns[column].Heading.Split(' ');
        int width = BrokenWidth(column);
        List<string> lines = [words[0]];
        foreach (string word in words.Skip(1))
        {
            if (Width(lines[^1]) + 1 + Width(word) <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }
        return string.Join('\n', lines);
    }

    private int LongestWord(int column) => Lines(column).SelectMany(line => line.Split(' ')).Max(Width);

    private IEnumerable<string> Lines(int column) => _rows.Select(row => row[column]).Append(_columns[column].Heading);

    private static string Shortened(string cell) =>
        cell.Length <= LongestCell ? cell : string.Concat(cell.AsSpan(0, LongestCell), "...");

    private static int Width(string text) => text.GetCellWidth();

    // A line for each figure, in two where one is too narrow for its heading and itself.
    private Rows Stacked(int maxWidth)
    {
        List<IRenderable> lines = Title is null ? [] : [new Text(Title)];
        foreach (string[] row in _rows)
        {
            lines.Add(new Text(row[0]));
            for (int i = 1; i < row.Length; i++)
            {
                string heading = $"  {_columns[i].Heading}:", together = $"{heading} {row[i]}";
                if (Width(together) <= maxWidth)
                    lines.Add(new Text(together));
                else
                    lines.AddRange([new Text(heading), new Text($"    {row[i]}")]);
            }
        }
        return new Rows(lines);
    }
}
