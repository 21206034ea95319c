namespace OVPipeline.Checkpoints;

/// <summary>A file in a zip archive. Its bytes, compressed or <see cref="Stored"/>, are known to lie in the archive.</summary>
internal sealed record ZipEntry(string Name, int Method, long Offset, long Length)
{
    /// <summary>The method of entries that are not compressed.</summary>
    public const int Stored = 0;
}
