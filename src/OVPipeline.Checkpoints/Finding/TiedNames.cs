namespace OVPipeline.Checkpoints;

/// <summary>
/// Tensors that are stored once under one of two names, where the file's metadata says the other: writers of safetensors, which allow no
/// shared elements, leave <c>{"lm_head.weight": "transformer.wte.weight"}</c> there.
/// </summary>
internal static class TiedNames
{
    private const int MostNamed = 3;

    /// <summary>The file with both names, and a note of it.</summary>
    public static TensorFile Of(TensorFile file)
    {
        if (file.Metadata.Count == 0)
            return file;
        var named = file.Tensors.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        List<StoredTensor> tied = [];
        foreach (var (left, kept) in file.Metadata)
            if (left.Contains('.', StringComparison.Ordinal) && !named.ContainsKey(left) && named.TryGetValue(kept, out var tensor))
                tied.Add(tensor with { Info = tensor.Info with { Name = left } });
        if (tied.Count == 0)
            return file;
        string names = string.Join(", ", tied.Take(MostNamed).Select(tensor => $"{tensor.Info.Name} as {file.Metadata[tensor.Info.Name]}"));
        string more = tied.Count > MostNamed ? ", ..." : "";
        return file with
        {
            Tensors = [.. file.Tensors, .. tied],
            Notes = [.. file.Notes, $"stored under another name, by the file's metadata: {names}{more}"],
        };
    }
}
