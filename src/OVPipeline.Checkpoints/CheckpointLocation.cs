namespace OVPipeline.Checkpoints;

/// <summary>The files of a checkpoint.</summary>
/// <param name="Name">The folder's name, or the file's without its extension.</param>
/// <param name="Folder">Where configuration and tokenizer are looked for.</param>
/// <param name="Weights">The file of tensors.</param>
internal sealed record CheckpointLocation(string Name, string Folder, string Weights)
{
    private static readonly string[] s_usual =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    private static readonly string[][] s_extensions = [[".safetensors"], [".pth", ".pt", ".bin"]];

    /// <summary>config.json beside the weights, or null where there is none.</summary>
    public string? Config => Path.Combine(Folder, "config.json") is var path && File.Exists(path) ? path : null;

    /// <summary>Finds the weights of a model: a file, or the file in a folder. Null where there is no such file or folder.</summary>
    /// <exception cref="CheckpointException">There are no weights in the folder, or several that could be meant.</exception>
    public static CheckpointLocation? Find(string source)
    {
        if (File.Exists(source))
            return new(Path.GetFileNameWithoutExtension(source), Path.GetDirectoryName(Path.GetFullPath(source))!, source);
        if (!Directory.Exists(source))
            return null;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        return new(name, source, WeightsIn(source));
    }

    private static string WeightsIn(string folder)
    {
        if (s_usual.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } usual)
            return usual;
        foreach (string[] extensions in s_extensions)
        {
            string[] candidates =
            [
                .. Directory.EnumerateFiles(folder)
                    .Where(file => extensions.Contains(Path.GetExtension(file)))
                    .Order(StringComparer.Ordinal),
            ];
            if (candidates is [string only])
                return only;
            if (candidates.Length > 1)
                throw new CheckpointException(folder, null,
                    $"several files could be meant, name one: {string.Join(", ", candidates.Select(Path.GetFileName))}.");
        }
        string others = string.Join(", ", s_extensions.SelectMany(extensions => extensions));
        throw new CheckpointException(folder, null,
            $"holds no weights: none of {string.Join(", ", s_usual)}, and no other file of {others}.");
    }
}
