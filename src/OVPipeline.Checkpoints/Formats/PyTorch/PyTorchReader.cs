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
/// name/code/..., name/constants.pkl               a program of TorchScript's: not read, its weights are as above
/// </code>
/// </summary>
internal static class PyTorchReader
{
    // Measured on files of torch.save: up to 180 bytes a tensor. Room for 370,000.
    private const int LongestPickle = 64 << 20;

    // "little" with a line end has 7; what is longer is no byte order.
    private const int LongestByteOrder = 16;

    /// <summary>Whether a file begins as a zip archive does.</summary>
    public static bool IsArchive(ReadOnlyFile file) => file.Length >= 4 && file.Read(0, 4) is [(byte)'P', (byte)'K', 3, 4];

    /// <exception cref="CheckpointException">The archive or its pickle is not sound, or holds no tensors.</exception>
    public static TensorFile Open(ReadOnlyFile file)
    {
        if (LegacyPyTorchReader.Begins(file))
            return LegacyPyTorchReader.Open(file);
        if (!IsArchive(file))
            return OpenPickle(file);
        var entries = ZipDirectory.Read(file);
        string[] pickles = [.. entries.Keys.Where(IsPickle)];
        if (pickles is not [string pickle])
        {
            throw new CheckpointException(file.Path, null,
                $"holds {pickles.Length} entries data.pkl, of which a PyTorch archive has one.");
        }
        string root = pickle[..^"data.pkl".Length];
        bool bigEndian = entries.TryGetValue($"{root}byteorder", out var order) && IsBig(file, order);
        var content = PickleReader.Read(file.Path, pickle, Stored(file, entries[pickle], LongestPickle));
        return PyTorchContents.Of(file, pickle, content, (name, storage) => Place(file, entries, root, name, storage, bigEndian));
    }

    /// <summary>A pickle on its own: what it has is listed, and that its tensors cannot be read there.</summary>
    private static TensorFile OpenPickle(ReadOnlyFile file)
    {
        int length = (int)Math.Min(file.Length, LongestPickle);
        using var window = file.Window(0, length);
        if (length < 2 || window.Slice(0, 2) is not [0x80, <= 5])
        {
            throw new CheckpointException(file.Path, null,
                "is nothing that torch.save writes: neither a zip archive nor a pickle; load it there and save it again with torch.save.");
        }
        var content = PickleReader.Read(file.Path, null, window.Slice(0, length));
        return PyTorchContents.Of(file, null, content, (name, _) => throw new CheckpointException(
            file.Path, name, "its storage is not in the file: torch.save writes it behind the pickle."));
    }

    // In the one folder that the archive has, whatever its name.
    private static bool IsPickle(string name) =>
        name.EndsWith("/data.pkl", StringComparison.Ordinal)
        && name.IndexOf('/', StringComparison.Ordinal) == name.Length - "/data.pkl".Length;

    private static bool IsBig(ReadOnlyFile file, ZipEntry order) =>
        Encoding.ASCII.GetString(Stored(file, order, LongestByteOrder)).Trim() switch
        {
            "little" => false,
            "big" => true,
            var other => throw new CheckpointException(file.Path, order.Name, $"'{other}' is neither little nor big."),
        };

    private static StoragePlace Place(ReadOnlyFile file, Dictionary<string, ZipEntry> entries, string root, string name,
        PickledStorage storage, bool bigEndian)
    {
        if (!entries.TryGetValue($"{root}data/{storage.Key}", out var entry))
            throw new CheckpointException(file.Path, name, $"its storage '{storage.Key}' is not in the archive.");
        RequireStored(file, entry);
        int size = storage.Type.Type.Size();
        Int128 length = (Int128)(storage.Start + storage.Length) * size;
        // Of bytes that were counted as such, those beyond the last whole element belong to none.
        if (length != entry.Length - (storage.Type.Kind == PickleGlobalKind.DType ? entry.Length % size : 0))
            throw new CheckpointException(file.Path, name,
                $"its storage '{storage.Key}' has {entry.Length} bytes, not {storage.Length} elements of {storage.Type.Type}.");
        return new(entry.Offset, bigEndian);
    }

    private static byte[] Stored(ReadOnlyFile file, ZipEntry entry, int longest)
    {
        RequireStored(file, entry);
        return entry.Length <= longest
            ? file.Read(entry.Offset, (int)entry.Length)
            : throw new CheckpointException(file.Path, entry.Name, $"has {entry.Length} bytes, {longest} are allowed.");
    }

    private static void RequireStored(ReadOnlyFile file, ZipEntry entry)
    {
        if (entry.Method != ZipEntry.Stored)
            throw new CheckpointException(file.Path, entry.Name,
                $"is compressed (method {entry.Method}); PyTorch stores its entries as they are.");
    }
}
