namespace OVPipeline.Checkpoints;

/// <summary>A checkpoint cannot be used. The message names the file, the entry in it where there is one, and what is wrong.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Says that <paramref name="file"/> cannot be used, and why.</summary>
    public CheckpointException(string file, string? entry, string reason, Exception? inner = null)
        : base(entry is null ? $"{file}: {reason}" : $"{file}: {entry}: {reason}", inner) => (File, Entry) = (file, entry);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The tensor, configuration field or archive entry, or null where the whole file is meant.</summary>
    public string? Entry { get; }
}
