using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>What a first look at a file found.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Is">What it is, after "is": <c>a Git LFS pointer, not the file itself</c>.</param>
/// <param name="Remedy">What its owner can do, where nothing here reads it; else null.</param>
internal sealed record FileLook(FileKind Kind, string Is, string? Remedy = null)
{
    private const int ShownText = 60;

    /// <summary>The text that a file begins with, shortened; null for files that are no text.</summary>
    public string? Begins { get; private init; }

    /// <summary>The same with the text that the file begins with.</summary>
    public FileLook From(ReadOnlySpan<byte> text)
    {
        string start = Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * ShownText)]).TrimStart('\uFEFF').Trim();
        string line = string.Join(' ', start.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return this with { Begins = line.Length <= ShownText ? line : line[..ShownText] + "..." };
    }

    /// <summary>An error: the file is not what it was taken for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">What was looked for, such as <c>weights</c>.</param>
    public CheckpointException Refuse(string path, string wanted)
    {
        if (Remedy is not null)
            return new(path, null, $"is {Is}: {Remedy}.");
        return new(path, null, $"is {Is}, not {wanted}{(Begins is null ? "" : $"; it begins with '{Begins}'")}.");
    }
}
