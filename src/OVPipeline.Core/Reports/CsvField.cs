namespace OVPipeline.Core;

/// <summary>A field of a CSV file (RFC 4180).</summary>
public static class CsvField
{
    /// <summary>The field as a line has it: in quotes where it holds a comma, a quote or the end of a line.</summary>
    public static string Quote(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
    }
}
