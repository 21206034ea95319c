using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens what <c>torch.save</c> writes since PyTorch 1.6: a zip archive with a pickle of the state dict and one stored entry for each
/// storage. The pickle is read as data (<see cref="PickleReader"/>), storages stay in the file until a weight is asked for.
/// <code>
/// name/data.pkl     the pickle; it names storages by key
/// name/byteorder    "little" or "big" (since 2.1; before, little)
/// name/data/0       the elements of the storage of key 0, without any header
/// name/version, name/.data/serialization_id ...   not read
/// </code>
/// </summary>
internal static class PyTorchReader
{
    // Measured on files of torch.save: up to 180 bytes a tensor. Room for 370,000.
    private const int LongestPickle = 64 << 20;

    // "little" with a line end has 7; what is longer is no byte order.
    private const int LongestByteOrder = 16;

    private static readonly string[] s_wrappers = ["state_dict", "model_state_dict", "model", "module"];

    /// <summary>Whether a file begins as a zip archive does.</summary>
    public static bool IsArchive(MappedFile file) => file.Length >= 4 && file.Read(0, 4) is [(byte)'P', (byte)'K', 3, 4];

    /// <exception cref="CheckpointException">The archive or its pickle is not sound, or holds no tensors.</exception>
    public static TensorFile Open(MappedFile file)
    {
        if (!IsArchive(file))
        {
            throw new CheckpointException(file.Path, null,
                "is no archive of PyTorch 1.6 or later; load it there and save it again with torch.save.");
        }
        var entries = ZipDirectory.Read(file);
        string[] pickles = [.. entries.Keys.Where(IsPickle)];
        if (pickles is not [string pickle])
        {
            throw new CheckpointException(file.Path, null,
                $"holds {pickles.Length} entries data.pkl, of which a PyTorch archive has one.");
        }
        string root = pickle[..^"data.pkl".Length];
        bool bigEndian = entries.TryGetValue($"{root}byteorder", out var order) && IsBig(file, order);
        object? state = PickleReader.Read(file.Path, pickle, Stored(file, entries[pickle], LongestPickle));
        var tensors = TensorsOf(file.Path, pickle, state).Select(item => Place(file, entries, root, bigEndian, item.Name, item.Tensor));
        return new("PyTorch", [.. tensors]);
    }

    // In the one folder that the archive has, whatever its name.
    private static bool IsPickle(string name) =>
        name.EndsWith("/data.pkl", StringComparison.Ordinal)
        && name.IndexOf('/', StringComparison.Ordinal) == name.Length - "/data.pkl".Length;

    private static bool IsBig(MappedFile file, ZipEntry order) =>
        Encoding.ASCII.GetString(Stored(file, order, LongestByteOrder)).Trim() switch
        {
            "little" => false,
            "big" => true,
            var other => throw new CheckpointException(file.Path, order.Name, $"'{other}' is neither little nor big."),
        };

    /// <summary>The tensors of a state dict, or of a training checkpoint that has one under a usual name.</summary>
    private static List<(string Name, PickledTensor Tensor)> TensorsOf(string file, string entry, object? state)
    {
        if (state is not PickleDictionary { Items: var items })
            throw new CheckpointException(file, entry, "holds no dictionary.");
        if (!items.Exists(item => item is (string, PickledTensor)))
        {
            var wrapped = items.Find(item => item is (string name, PickleDictionary) && s_wrappers.Contains(name));
            items = wrapped.Value is PickleDictionary inner ? inner.Items : items;
        }
        List<(string, PickledTensor)> tensors = [];
        foreach (var item in items)
            if (item is (string name, PickledTensor tensor))
                tensors.Add((name, tensor));
        if (tensors.Count > 0)
            return tensors;
        string keys = string.Join(", ", items.Take(8).Select(item => item.Key as string ?? "keys that are no text").Distinct());
        throw new CheckpointException(file, entry, $"holds no tensors under text names, only {keys}.");
    }

    private static StoredTensor Place(MappedFile file, Dictionary<string, ZipEntry> entries, string root, bool bigEndian,
        string name, PickledTensor tensor)
    {
        var storage = tensor.Storage;
        if (!entries.TryGetValue($"{root}data/{storage.Key}", out var entry))
            throw new CheckpointException(file.Path, name, $"its storage '{storage.Key}' is not in the archive.");
        RequireStored(file, entry);
        if ((Int128)storage.Length * storage.Type.Size() != entry.Length)
            throw new CheckpointException(file.Path, name,
                $"its storage '{storage.Key}' has {entry.Length} bytes, not {storage.Length} elements of {storage.Type}.");
        var info = new TensorInfo(name, storage.Type, tensor.Shape, file.Path);
        return new(info, file, entry.Offset + (tensor.Offset * storage.Type.Size()), tensor.Strides, bigEndian);
    }

    private static byte[] Stored(MappedFile file, ZipEntry entry, int longest)
    {
        RequireStored(file, entry);
        return entry.Length <= longest
            ? file.Read(entry.Offset, (int)entry.Length)
            : throw new CheckpointException(file.Path, entry.Name, $"has {entry.Length} bytes, {longest} are allowed.");
    }

    private static void RequireStored(MappedFile file, ZipEntry entry)
    {
        if (entry.Method != ZipEntry.Stored)
            throw new CheckpointException(file.Path, entry.Name,
                $"is compressed (method {entry.Method}); PyTorch stores its entries as they are.");
    }
}
