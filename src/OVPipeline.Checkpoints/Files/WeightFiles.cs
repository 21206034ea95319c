namespace OVPipeline.Checkpoints;

/// <summary>Which of the files that lie together holds a model's weights.</summary>
internal static class WeightFiles
{
    /// <summary>The names that transformers gives weights, the first of them first.</summary>
    public static IReadOnlyList<string> Usual { get; } =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "model.onnx"];

    /// <summary>
    /// The weights: a usual name; else, of the first group of extensions of which there are files, the only one, or the one that is named
    /// as the model, or the only one whose name ends in <c>final</c> (as <c>model_final.pth</c> beside checkpoints of the training).
    /// </summary>
    /// <param name="names">Names of files, without folders.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="groups">Extensions, those that rank alike together.</param>
    /// <returns>The file, or null with the files that could be meant, none where there are no weights.</returns>
    public static (string? Chosen, IReadOnlyList<string> Candidates) Choose(
        IEnumerable<string> names, string model, IEnumerable<string[]> groups)
    {
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        if (Usual.FirstOrDefault(sorted.Contains) is { } usual)
            return (usual, [usual]);
        foreach (string[] extensions in groups)
        {
            string[] found = [.. sorted.Where(file => extensions.Contains(Path.GetExtension(file)))];
            if (found.Length > 0)
                return (Only(found, _ => true) ?? Only(found, Stem(model)) ?? Only(found, IsFinal), found);
        }
        return (null, []);
    }

    private static string? Only(string[] files, Func<string, bool> fits) => files.Where(fits).ToArray() is [string only] ? only : null;

    private static Func<string, bool> Stem(string model) => file => Path.GetFileNameWithoutExtension(file) == model;

    private static bool IsFinal(string file) => Path.GetFileNameWithoutExtension(file).EndsWith("final", StringComparison.Ordinal);
}
