using System.Globalization;

namespace OVPipeline.Reporting;

/// <summary>Tables as CSV (RFC 4180): numbers in full and with a point, what does not apply as an empty field.</summary>
internal static class CsvFile
{
    /// <summary>Writes a table; the file is whole or not there.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<object?[]> rows) =>
        AtomicFile.Write(path, temporary => File.WriteAllLines(temporary, rows.Prepend([.. columns]).Select(row => string.Join(',', row.Select(Field)))));

    private static string Field(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 && text.Trim().Length == text.Length ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
