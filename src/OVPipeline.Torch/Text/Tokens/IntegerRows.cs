using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Rows of integers of a file, text or .npy, and where each stands in it.</summary>
internal sealed class IntegerRows
{
    private static readonly char[] s_separators = [' ', '\t', ','];
    private readonly int[]? _lines;

    private IntegerRows(string name, IReadOnlyList<int[]> rows, int[]? lines)
    {
        Name = name;
        Rows = rows;
        _lines = lines;
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>The rows; numbers that are no 32-bit integers are below -1, what is left out is -1.</summary>
    public IReadOnlyList<int[]> Rows { get; }

    /// <exception cref="FormatException">The file holds no rows of integers.</exception>
    /// <exception cref="FileException">It cannot be read.</exception>
    public static IntegerRows Read(string path)
    {
        string name = Path.GetFileName(path);
        var table = Opened(path, name);
        if (table.Rows.Count == 0 || table.Rows.All(row => row.Length == 0))
            throw new FormatException($"{name} is empty: it has no sequence.");
        int empty = table.Rows.TakeWhile(row => row.Length > 0).Count();
        return empty == table.Rows.Count ? table : throw new FormatException($"{name}, {table.PlaceOf(empty)} is empty.");
    }

    /// <summary>A row's place in the file, in words.</summary>
    public string PlaceOf(int row) => _lines is null ? $"row {row + 1}" : $"line {_lines[row]}";

    /// <summary>Throws where a number is not below a limit.</summary>
    /// <param name="count">The limit.</param>
    /// <param name="what">What the numbers are of.</param>
    /// <param name="mayBeNone">Whether one may be left out.</param>
    public void Require(int count, string what, bool mayBeNone)
    {
        for (int row = 0; row < Rows.Count; row++)
        {
            int column = Array.FindIndex(Rows[row], id => (uint)id >= (uint)count && !(mayBeNone && id < 0));
            if (column < 0)
                continue;
            int id = Rows[row][column];
            string number = id == TokenSequences.NoTarget && !mayBeNone && _lines is not null ? "a position left out" : Shown(id);
            throw new FormatException($"{Name}, {PlaceOf(row)}, column {column + 1}: {number} is no {what}, which has {count:N0}: 0 to "
                + $"{count - 1}.");
        }
    }

    /// <summary>Throws where a row has more tokens than a model has positions.</summary>
    public void RequireLength(TransformerConfig config)
    {
        int row = Rows.TakeWhile(one => config.Context == 0 || one.Length <= config.Context).Count();
        if (row < Rows.Count)
            throw new FormatException(
                $"{Name}, {PlaceOf(row)} has {Rows[row].Length} tokens; {config.Name} has {config.Context} positions.");
    }

    private static IntegerRows Opened(string path, string name)
    {
        try
        {
            return Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase)
                ? new(name, [.. NpyIntegers.Read(path).Select(row => Array.ConvertAll(row, Narrowed))], null)
                : OfText(path, name);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(path, $"cannot be read: {FileException.Reason(path, e)}.", e);
        }
    }

    private static IntegerRows OfText(string path, string name)
    {
        List<int[]> rows = [];
        List<int> lines = [];
        int number = 0;
        foreach (string line in RegularFile.ReadLines(path))
        {
            number++;
            string[] cells = line.Split(s_separators, StringSplitOptions.RemoveEmptyEntries);
            if (cells.Length == 0)
                continue; // a line of nothing is no sequence
            rows.Add([.. cells.Select((cell, column) => Parse(cell, name, number, column + 1))]);
            lines.Add(number);
        }
        return new(name, rows, [.. lines]);
    }

    private static int Parse(string cell, string name, int line, int column)
    {
        if (cell == "-")
            return TokenSequences.NoTarget;
        return long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? Narrowed(number)
            : throw new FormatException($"{name}, line {line}, column {column}: '{cell}' is no integer.");
    }

    private static int Narrowed(long number) => (int)Math.Clamp(number, int.MinValue, int.MaxValue);

    private static string Shown(int id) => id switch
    {
        int.MaxValue => "a number of more than 31 bits",
        _ => id.ToString(CultureInfo.InvariantCulture),
    };
}
