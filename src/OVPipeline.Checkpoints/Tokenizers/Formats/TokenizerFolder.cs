namespace OVPipeline.Checkpoints;

/// <summary>The folder that a tokenizer's files lie in.</summary>
internal static class TokenizerFolder
{
    // The largest that are published, of 262,144 tokens with all their merges, have 33 MB.
    private const long LargestFile = 512L << 20;

    /// <summary>A file of the folder, or null where it is not there.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or is no tokenizer's file at all.</exception>
    public static (string File, byte[] Content)? Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            long length = new FileInfo(file).Length;
            if (length > LargestFile)
                throw new CheckpointException(file, null, $"has {length} bytes; no tokenizer has more than {LargestFile}.");
            byte[] content = File.ReadAllBytes(file);
            if (content.AsSpan().StartsWith("version https://git-lfs.github.com/spec/"u8))
                throw new CheckpointException(file, null, "is a Git LFS pointer, not the file itself: run git lfs pull.");
            if (content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'<', (byte)'!' or (byte)'h' or (byte)'H', ..] && name != "vocab.txt")
                throw new CheckpointException(file, null, "is an HTML page.");
            return (file, content);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(file, null, $"cannot be read: {e.Message}", e);
        }
    }
}
