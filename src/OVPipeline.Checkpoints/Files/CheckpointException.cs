namespace OVPipeline.Checkpoints;

/// <summary>A checkpoint cannot be used. The message names the file, the entry in it where there is one, and what is wrong.</summary>
public sealed class CheckpointException : IOException
{
    // Names in files may be megabytes long. A tensor's name is seldom above 100 characters; a reason may list a dozen of them.
    private const int LongestEntry = 200, LongestReason = 1500;

    /// <summary>
    /// Says that <paramref name="file"/> cannot be used, and why. What comes from the file is shortened and kept on one line.
    /// </summary>
    public CheckpointException(string file, string? entry, string reason, Exception? inner = null)
        : base($"{Printable(file, int.MaxValue)}: {Prefix(entry)}{Printable(reason, LongestReason)}", inner)
    {
        File = file;
        Entry = entry;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The tensor, configuration field or archive entry, or null where the whole file is meant.</summary>
    public string? Entry { get; }

    private static string Prefix(string? entry) => entry is null ? "" : $"{Printable(entry, LongestEntry)}: ";

    /// <summary>Text of a file in a length that can be shown, on one line and without control characters.</summary>
    internal static string Printable(string text, int longest)
    {
        string shown = text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest), "...");
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : shown;
    }
}
