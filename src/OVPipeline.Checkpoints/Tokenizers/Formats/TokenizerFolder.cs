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
        var opened = ReadOnlyFile.Open(file);
        if (opened.Length > LargestFile)
            throw new CheckpointException(file, null, $"has {opened.Length} bytes; no tokenizer has more than {LargestFile}.");
        var look = FirstLook.At(opened);
        return look.Kind == FileKind.Other && opened.Length > 0
            ? throw look.Refuse(file, "a tokenizer")
            : (file, opened.Read(0, (int)opened.Length));
    }
}
