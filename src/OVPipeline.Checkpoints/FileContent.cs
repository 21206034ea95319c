namespace OVPipeline.Checkpoints;

/// <summary>Says what a file is by its first bytes, whatever it is called.</summary>
public static class FileContent
{
    /// <summary>What a file is, in a phrase: <c>a safetensors file</c>, <c>a PyTorch archive</c>, <c>gzip</c>.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public static string Describe(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = ReadOnlyFile.Open(path);
        try
        {
            return FirstLook.At(file).Is;
        }
        finally
        {
            file.Close();
        }
    }
}
