namespace OVPipeline.Checkpoints;

/// <summary>Where a storage's elements lie: the byte of the first, and whether they are stored most significant byte first.</summary>
internal readonly record struct StoragePlace(long Offset, bool BigEndian);

/// <summary>What a pickle of PyTorch's holds as a file of tensors.</summary>
internal static class PyTorchContents
{
    private const int MostNamed = 3, MostKeys = 8, LongestName = 100;

    /// <param name="file">The file.</param>
    /// <param name="entry">The pickle's name in it, for messages.</param>
    /// <param name="content">What the pickle holds.</param>
    /// <param name="place">Where the storage of a tensor of this name lies; its size is checked there.</param>
    /// <exception cref="CheckpointException">It holds no tensors, or one of them does not lie in the file.</exception>
    public static TensorFile Of(ReadOnlyFile file, string? entry, PickleContent content, Func<string, PickledStorage, StoragePlace> place)
    {
        IReadOnlyList<(string Name, PickledTensor Tensor)> tensors;
        try
        {
            tensors = PickleWalk.Tensors(content);
        }
        catch (FormatException e)
        {
            throw new CheckpointException(file.Path, entry, $"cannot be read: {e.Message}.", e);
        }
        if (tensors.Count == 0)
            throw new CheckpointException(file.Path, entry, $"holds no tensors, only {InWords(content.Value)}.");
        return new("PyTorch", [.. tensors.Select(item => Stored(file, item.Name, item.Tensor, place))])
        {
            Config = PickledConfig.Find(file.Path, content.Value),
            IsConfigCertain = false,
            Notes = [.. Notes(content.Unbuilt)],
        };
    }

    private static StoredTensor Stored(
        ReadOnlyFile file, string name, PickledTensor tensor, Func<string, PickledStorage, StoragePlace> place)
    {
        var info = new TensorInfo(name, tensor.Type, tensor.Shape, file.Path);
        if (tensor.Storage is not { } storage)
            return new(info, file, 0, StoredTensor.ContiguousStrides(tensor.Shape)) { Unreadable = tensor.Unreadable };
        var (start, bigEndian) = place(name, storage);
        return new(info, file, start + ((storage.Start + tensor.Offset) * tensor.Type.Size()), tensor.Strides, bigEndian);
    }

    private static IEnumerable<string> Notes(IReadOnlyList<string> unbuilt)
    {
        if (unbuilt.Count == 0)
            yield break;
        string names = string.Join(", ", unbuilt.Take(MostNamed).Select(name => CheckpointException.Printable(name, LongestName)));
        string more = unbuilt.Count > MostNamed ? ", ..." : "";
        yield return $"Python objects of the file are data here, none was built ({names}{more})";
    }

    private static string InWords(object? value) => value switch
    {
        null => "None",
        PickleDictionary { Items: [] } => "an empty dictionary",
        PickleDictionary { Items: var items } => "a dictionary of "
            + string.Join(", ", items.Take(MostKeys).Select(item => item.Key as string ?? "keys that are no text").Distinct()),
        List<object?> or PickleTuple => "a list",
        PickleObject made => $"a Python object that was not built ({made.Name})",
        PickleGlobal global => $"the name {global.Name}, which was not looked up",
        string => "a text",
        PickleBytes => "bytes",
        _ => $"the value {value}",
    };
}
