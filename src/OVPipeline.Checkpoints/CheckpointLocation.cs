namespace OVPipeline.Checkpoints;

/// <summary>The files of a checkpoint.</summary>
/// <param name="Name">The folder's name, or the file's without its extension.</param>
/// <param name="Folder">Where configuration and tokenizer are looked for.</param>
/// <param name="Weights">The file of tensors.</param>
internal sealed record CheckpointLocation(string Name, string Folder, string Weights)
{
    /// <summary>config.json beside the weights, or null where there is none.</summary>
    public string? Config => Path.Combine(Folder, "config.json") is var path && File.Exists(path) ? path : null;

    /// <summary>Finds the weights of a model: a file, or the file in a folder.</summary>
    /// <exception cref="CheckpointException">There is no such file or folder, no weights in it, or several that could be meant.</exception>
    public static CheckpointLocation Find(string source)
    {
        if (File.Exists(source))
            return new(Path.GetFileNameWithoutExtension(source), Path.GetDirectoryName(Path.GetFullPath(source))!, source);
        if (!Directory.Exists(source))
            throw new CheckpointException(source, null, "there is no such file or folder.");
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        return new(name, source, WeightsIn(source));
    }

    private static string WeightsIn(string folder)
    {
        string whole = Path.Combine(folder, "model.safetensors");
        if (File.Exists(whole))
            return whole;
        string[] candidates = [.. Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) == ".safetensors").Order(StringComparer.Ordinal)];
        return candidates switch
        {
            [string only] => only,
            [] => throw new CheckpointException(folder, null, "holds no weights: no safetensors file."),
            _ => throw new CheckpointException(folder, null, $"several files could be meant, name one: {string.Join(", ", candidates.Select(Path.GetFileName))}."),
        };
    }
}
