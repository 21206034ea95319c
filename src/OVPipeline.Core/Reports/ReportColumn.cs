using System.Globalization;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>
/// A column of a table: its heading, its name in files, what it holds, its unit, and how many decimals are shown. A figure has one name
/// everywhere: <c>docs/figures.md</c> lists them.
/// </summary>
public sealed record ReportColumn
{
    // Columns of so many decimals, such as p-values, show what is smaller as a power of ten rather than as zero.
    private const int SmallestDigits = 4;

    /// <summary>A column from parts. The static methods are shorter.</summary>
    /// <param name="name">Its heading, unique within a table.</param>
    /// <param name="kind">What it holds.</param>
    /// <param name="digits">Decimals shown.</param>
    /// <param name="unit">The unit of its numbers; null for none.</param>
    /// <param name="key">Its name in files, of lower-case letters, digits and underscores; null for that of the heading.</param>
    /// <exception cref="ArgumentException">The key is no such name, or the heading gives none.</exception>
    [JsonConstructor]
    public ReportColumn(string name, ReportColumnKind kind, int digits = 0, string? unit = null, string? key = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(digits);
        Name = name;
        Kind = kind;
        Digits = digits;
        Unit = unit;
        Key = FigureName.Require(key ?? FigureName.Of(name));
    }

    /// <summary>The heading, unique within a table.</summary>
    public string Name { get; }

    /// <summary>The name in CSV and JSON, such as <c>log_loss</c>, unique within a table.</summary>
    public string Key { get; }

    /// <summary>What it holds.</summary>
    public ReportColumnKind Kind { get; }

    /// <summary>Decimals shown; a file has them all.</summary>
    public int Digits { get; }

    /// <summary>The unit of its numbers, such as <c>nats</c>; null for none.</summary>
    public string? Unit { get; }

    /// <summary>
    /// On a console that is too narrow columns of higher numbers are left out first, and among equals those further right.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Priority { get; init; }

    /// <summary>Whether it holds words rather than numbers.</summary>
    [JsonIgnore]
    public bool IsText => Kind is ReportColumnKind.Text or ReportColumnKind.Heads;

    /// <summary>A column of text that names no heads.</summary>
    public static ReportColumn Text(string name, string? key = null) => new(name, ReportColumnKind.Text, key: key);

    /// <summary>A column of heads, or of names that hold heads and no other numbers with a dot.</summary>
    public static ReportColumn Heads(string name, string? key = null) => new(name, ReportColumnKind.Heads, key: key);

    /// <summary>A column of whole numbers.</summary>
    public static ReportColumn Count(string name, string? unit = null, string? key = null) =>
        new(name, ReportColumnKind.Count, 0, unit, key);

    /// <summary>A column of numbers.</summary>
    public static ReportColumn Number(string name, int digits = 3, string? unit = null, string? key = null) =>
        new(name, ReportColumnKind.Number, digits, unit, key);

    /// <summary>A column of shares in [0, 1], shown in percent.</summary>
    public static ReportColumn Share(string name, int digits = 1, string? key = null) =>
        new(name, ReportColumnKind.Share, digits, key: key);

    /// <summary>A cell as a file has it: heads as labels, all else as it is.</summary>
    public ReportValue InFile(ReportValue value) =>
        Kind == ReportColumnKind.Heads && value.Text is { } name ? HeadLabels.InName(name) : value;

    /// <summary>A cell as it is shown; an en dash where there is nothing.</summary>
    public string Show(ReportValue value) => value switch
    {
        { Number: { } number } => Kind switch
        {
            ReportColumnKind.Count => number.ToString("N0", CultureInfo.InvariantCulture),
            ReportColumnKind.Share => (100 * number).ToString("F" + Digits, CultureInfo.InvariantCulture) + " %",
            _ when Digits >= SmallestDigits && ShowsAsZero(number) => number.ToString("0.#e0", CultureInfo.InvariantCulture),
            _ => number.ToString("N" + Digits, CultureInfo.InvariantCulture),
        },
        { Text: { } text } => text,
        _ => "–",
    };

    private bool ShowsAsZero(double number) => number != 0 && Math.Abs(number) < 0.5 * Math.Pow(10, -Digits);
}
