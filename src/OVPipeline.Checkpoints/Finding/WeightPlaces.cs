namespace OVPipeline.Checkpoints;

/// <summary>
/// Finds models among the tensors of a file, whatever dictionaries and modules they are wrapped in. A file's reader gives every tensor
/// under its whole path, <c>state_dict.model._orig_mod.blocks.0.attn.W_V</c>; what comes before a name that a layout knows is the wrapper.
/// </summary>
internal static class WeightPlaces
{
    // A model, its average, a teacher, a critic: more than these are not one checkpoint.
    private const int MostPlaces = 32;

    /// <summary>The places, in the order of the file.</summary>
    /// <exception cref="CheckpointException">There are too many.</exception>
    public static IReadOnlyList<WeightPlace> In(CheckpointTensors tensors, IReadOnlyList<WeightMark> marks)
    {
        Dictionary<string, SortedSet<int>> places = new(StringComparer.Ordinal);
        List<string> order = [];
        foreach (var tensor in tensors.Tensors)
            foreach (var mark in marks)
                if (PathBefore(tensor.Name, mark.Name) is { } path)
                    AddWrappers(path, mark);
        return [.. order.Select(path => new WeightPlace(path, [.. places[path].Select(length => path[..length])]))];

        void AddWrappers(string path, WeightMark mark)
        {
            if (!places.TryGetValue(path, out var wrappers))
            {
                if (order.Count == MostPlaces)
                    throw new CheckpointException(tensors.File, null, $"holds more than {MostPlaces} models.");
                places.Add(path, wrappers = []);
                order.Add(path);
            }
            foreach (string prefix in mark.Prefixes)
                if (path.EndsWith(prefix, StringComparison.Ordinal) && IsWhole(path, path.Length - prefix.Length))
                    wrappers.Add(path.Length - prefix.Length);
        }
    }

    /// <summary>The tensors under a wrapper, without it in their names.</summary>
    public static CheckpointTensors Under(CheckpointTensors tensors, string wrapper)
    {
        if (wrapper.Length == 0)
            return tensors;
        var inside = tensors.Contents.Tensors
            .Where(tensor => tensor.Info.Name.StartsWith(wrapper, StringComparison.Ordinal))
            .Select(tensor => tensor with { Info = tensor.Info with { Name = tensor.Info.Name[wrapper.Length..] } });
        return new(tensors.File, tensors.Contents with { Tensors = [.. inside] }, wrapper);
    }

    private static string? PathBefore(string name, string mark)
    {
        int length = name.Length - mark.Length;
        return length >= 0 && name.EndsWith(mark, StringComparison.Ordinal) && IsWhole(name, length) ? name[..length] : null;
    }

    private static bool IsWhole(string path, int length) => length == 0 || path[length - 1] == '.';
}
