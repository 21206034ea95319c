namespace OVPipeline;

/// <summary>
/// A saved circuit cannot be used: the file is none, or an entry of it is missing, short, or not what was saved. The message names the
/// file where it is known, the entry where one is meant, and says what is wrong. ML.NET's own Load knows no file, and may wrap this in
/// other exceptions.
/// </summary>
public sealed class CircuitModelException : FormatException
{
    // Names come from the file, and may be as long as it is.
    private const int LongestName = 200, LongestReason = 1500;

    /// <summary>Says what is wrong with a model file.</summary>
    /// <param name="file">The file; null where it is not known.</param>
    /// <param name="entry">The entry in the zip; null where the whole file is meant.</param>
    /// <param name="reason">The rest of the sentence, without a full stop.</param>
    /// <param name="inner">What it was found by.</param>
    public CircuitModelException(string? file, string? entry, string reason, Exception? inner = null)
        : base($"{Subject(file, entry)} {Printable(reason, LongestReason)}.", inner)
    {
        File = file;
        Entry = entry;
        Reason = reason;
    }

    /// <summary>The file; null where it was opened by ML.NET's own Load.</summary>
    public string? File { get; }

    /// <summary>The entry in the zip; null where the whole file is meant.</summary>
    public string? Entry { get; }

    /// <summary>What is wrong, without a full stop.</summary>
    public string Reason { get; }

    private static string Subject(string? file, string? entry) => (file, entry) switch
    {
        (null, null) => "The model",
        (null, _) => $"Model entry '{Printable(entry, LongestName)}'",
        (_, null) => $"{file}:",
        _ => $"{file}: entry '{Printable(entry, LongestName)}'",
    };

    // On one line, and without control characters.
    private static string Printable(string text, int longest)
    {
        string shown = text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest), "...");
        return string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c));
    }
}
