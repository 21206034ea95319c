namespace OVPipeline.Checkpoints;

/// <summary>How far the download of a file has come.</summary>
/// <param name="File">The file's name in its repository.</param>
/// <param name="Done">Bytes that are there, those of an earlier try included.</param>
/// <param name="Total">Bytes of the whole file, or null where the hub does not say.</param>
public readonly record struct HubProgress(string File, long Done, long? Total)
{
    /// <summary>
    /// Where another process fetches the file, and has for five seconds, which one and by what lock: this one waits for it. Else null.
    /// </summary>
    public string? WaitsFor { get; init; }
}
