using System.Globalization;
using System.Text.Json.Serialization;

namespace OVPipeline.Reporting;

/// <summary>A column of a table: its name, what it holds, its unit, and how many decimals are shown.</summary>
public sealed record ReportColumn
{
    // Columns of so many decimals, such as p-values, show what is smaller as a power of ten rather than as zero.
    private const int SmallestDigits = 4;

    /// <summary>A column from parts. The static methods are shorter.</summary>
    [JsonConstructor]
    public ReportColumn(string name, ReportColumnKind kind, int digits = 0, string? unit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(digits);
        (Name, Kind, Digits, Unit) = (name, kind, digits, unit);
    }

    /// <summary>The header, unique within a table.</summary>
    public string Name { get; }

    /// <summary>What it holds.</summary>
    public ReportColumnKind Kind { get; }

    /// <summary>Decimals shown; a file has them all.</summary>
    public int Digits { get; }

    /// <summary>The unit of its numbers, such as <c>nats</c>; null for none.</summary>
    public string? Unit { get; }

    /// <summary>A column of text.</summary>
    public static ReportColumn Text(string name) => new(name, ReportColumnKind.Text);

    /// <summary>A column of whole numbers.</summary>
    public static ReportColumn Count(string name, string? unit = null) => new(name, ReportColumnKind.Count, 0, unit);

    /// <summary>A column of numbers.</summary>
    public static ReportColumn Number(string name, int digits = 3, string? unit = null) => new(name, ReportColumnKind.Number, digits, unit);

    /// <summary>A column of shares in [0, 1], shown in percent.</summary>
    public static ReportColumn Share(string name, int digits = 1) => new(name, ReportColumnKind.Share, digits);

    /// <summary>A cell as it is shown; an en dash where there is nothing.</summary>
    public string Show(ReportValue value) => value switch
    {
        { Number: { } number } => Kind switch
        {
            ReportColumnKind.Count => number.ToString("N0", CultureInfo.InvariantCulture),
            ReportColumnKind.Share => (100 * number).ToString("F" + Digits, CultureInfo.InvariantCulture) + " %",
            _ when Digits >= SmallestDigits && number != 0 && Math.Abs(number) < 0.5 * Math.Pow(10, -Digits) => number.ToString("0.#e0", CultureInfo.InvariantCulture),
            _ => number.ToString("N" + Digits, CultureInfo.InvariantCulture),
        },
        { Text: { } text } => text,
        _ => "–",
    };
}
