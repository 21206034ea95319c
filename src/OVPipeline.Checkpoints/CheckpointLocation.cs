using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>The files of a checkpoint.</summary>
/// <param name="Name">The folder's name, or the file's without its extension.</param>
/// <param name="Folder">Where configuration and tokenizer are looked for.</param>
/// <param name="Weights">The file of tensors.</param>
internal sealed record CheckpointLocation(string Name, string Folder, string Weights)
{
    private static readonly string[][] s_extensions = [[".safetensors"], [".pth", ".pt", ".bin"], [".onnx"], [".gguf"]];

    /// <summary>The hub's repository that the files came from; null for files of this machine.</summary>
    public string? Repository { get; init; }

    /// <summary>How it came that these files are loaded, a clause each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>config.json beside the weights, or null where there is none.</summary>
    public string? Config => Path.Combine(Folder, "config.json") is var path && File.Exists(path) ? path : null;

    /// <summary>
    /// Finds the weights of a model: a file, the file in a folder, or <c>folder:file</c>. Null where there is no such file or folder.
    /// </summary>
    /// <exception cref="CheckpointException">There are no weights in the folder, or several that could be meant.</exception>
    public static CheckpointLocation? Find(string source)
    {
        if (File.Exists(source))
            return new(Path.GetFileNameWithoutExtension(source), Path.GetDirectoryName(Path.GetFullPath(source))!, source);
        if (Directory.Exists(source))
            return new(NameOf(source), source, WeightsIn(source));
        int colon = source.LastIndexOf(':');
        return colon > 0 && Directory.Exists(source[..colon]) ? InFolder(source[..colon], source[(colon + 1)..]) : null;
    }

    /// <summary>A file of weights in a folder or in a folder of it; the nearest folder that has config.json is the model's.</summary>
    /// <exception cref="CheckpointException">There is no such file, or its name leads out of the folder.</exception>
    public static CheckpointLocation InFolder(string folder, string file)
    {
        if (!RelativeName.IsSafe(file))
            throw new CheckpointException(folder, file, "is no file's name in this folder.");
        string path = Path.Combine(folder, file);
        if (!File.Exists(path))
            throw new CheckpointException(folder, file, "is not in this folder.");
        string beside = Path.GetDirectoryName(path)!;
        bool own = File.Exists(Path.Combine(beside, "config.json"));
        return new(Path.GetFileNameWithoutExtension(file), own ? beside : folder, path);
    }

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static string[] FilesIn(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new CheckpointException(folder, null, $"cannot be listed: {FileException.Reason(folder, e)}.", e);
        }
    }

    private static string WeightsIn(string folder)
    {
        var (chosen, candidates) = WeightFiles.Choose(
            FilesIn(folder).Where(file => !GgufSplit.IsLaterPart(file)).Select(file => Path.GetFileName(file)),
            NameOf(folder), s_extensions);
        if (chosen is not null)
            return Path.Combine(folder, chosen);
        if (candidates.Count > 0)
            throw new CheckpointException(folder, null, $"several files could be meant, name one: {string.Join(", ", candidates)}.");
        string others = string.Join(", ", s_extensions.SelectMany(extensions => extensions));
        throw new CheckpointException(folder, null,
            $"holds no weights: none of {string.Join(", ", WeightFiles.Usual)}, and no other file of {others}.");
    }
}
