namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens a checkpoint in several files through its index (<c>*.index.json</c>), whose files lie in its own folder:
/// <c>{"metadata": {...}, "weight_map": {"tensor": "model-00001-of-00002.safetensors", ...}}</c>.
/// </summary>
internal static class ShardIndex
{
    // About 100 bytes a tensor: room for 600,000 of them, where the largest published models have under 100,000.
    private const long LongestIndex = 64 << 20;

    /// <exception cref="CheckpointException">The index or a file of it is not sound, or they contradict each other.</exception>
    public static TensorFile Open(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<StoredTensor> tensors = [];
        TensorFile? first = null;
        foreach (var shard in ReadMap(path).GroupBy(item => item.File, item => item.Tensor))
        {
            if (!IsPlainName(shard.Key))
                throw new CheckpointException(path, shard.First(),
                    $"lies in '{shard.Key}', which is no file name of weights in the index's folder.");
            var opened = CheckpointTensors.OpenFile(Path.Combine(folder, shard.Key));
            first ??= opened;
            var held = opened.Tensors.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
            foreach (string name in shard)
                tensors.Add(held.GetValueOrDefault(name) ?? throw new CheckpointException(path, name,
                    $"is not in {shard.Key}, where the index puts it."));
        }
        return (first ?? new("index", [])) with { Tensors = tensors };
    }

    private static List<(string Tensor, string File)> ReadMap(string path)
    {
        var map = JsonFile.Read(path, "an index of weights", LongestIndex).Find("weight_map")
            ?? throw FirstLook.At(ReadOnlyFile.Open(path)).Refuse(path, "weights");
        return [.. map.Members().Select(item => (item.Name, item.Value.Text()))];
    }

    /// <summary>A bare name of a weights file: no folder, no drive, no parent.</summary>
    private static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 255
        && name.IndexOfAny(['/', '\\', ':', '\0']) < 0
        && Path.GetExtension(name) is ".safetensors" or ".bin" or ".pt" or ".pth";
}
