using System.Buffers.Binary;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens what <c>torch.save</c> wrote before PyTorch 1.6, and writes on request: pickles one after another, and behind them every storage.
/// <code>
/// pickle of 0x1950a86a20f9469cfc6c | of 1001 | of a dictionary on the machine
/// pickle of the state dict; it names storages by key
/// pickle of the list of the keys
/// for each of them in turn: its number of elements in 8 bytes, its elements; all little-endian
/// </code>
/// </summary>
internal static class LegacyPyTorchReader
{
    // Measured on files of torch.save: up to 200 bytes a tensor. Room for 300,000.
    private const int LongestPickle = 64 << 20;

    /// <summary>The bytes of the first pickle: protocol 2, then a whole number of ten bytes.</summary>
    private static ReadOnlySpan<byte> Magic => [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>Whether a file begins with the first pickle.</summary>
    public static bool Begins(ReadOnlyFile file) => file.Length >= 15 && file.Read(0, 14).AsSpan(2).SequenceEqual(Magic);

    /// <exception cref="CheckpointException">A pickle is not sound, a storage is missing, or there are no tensors.</exception>
    public static TensorFile Open(ReadOnlyFile file)
    {
        long at = 0;
        Next(file, ref at);
        if (Next(file, ref at).Value is not 1001L)
            throw new CheckpointException(file.Path, null, "is of a version of PyTorch's format before 1.6 other than 1001.");
        Next(file, ref at);
        var content = Next(file, ref at);
        if (Next(file, ref at).Value is not List<object?> keys)
            throw new CheckpointException(file.Path, null, "has no list of storages behind its state dict.");
        var places = Places(file, at, keys, content.Storages);
        return PyTorchContents.Of(file, null, content, (name, storage) => Place(file, places, name, storage));
    }

    private static PickleContent Next(ReadOnlyFile file, ref long at)
    {
        int length = (int)Math.Min(file.Length - at, LongestPickle);
        using var window = file.Window(at, length);
        var content = PickleReader.Read(file.Path, null, window.Slice(0, length));
        at += content.Length;
        return content;
    }

    private static Dictionary<string, (long Offset, long Count)> Places(ReadOnlyFile file, long at, List<object?> keys,
        IReadOnlyDictionary<string, PickleGlobal> types)
    {
        Dictionary<string, (long, long)> places = new(StringComparer.Ordinal);
        foreach (object? item in keys)
        {
            if (item is not string key || !types.TryGetValue(key, out var type))
                throw new CheckpointException(file.Path, null, "lists a storage behind its state dict that no tensor there names.");
            if (type.ElementSize == 0)
                throw new CheckpointException(file.Path, $"storage {key}", $"is of the type {type.Name}, which is not known.");
            if (file.Length - at < 8)
                throw new CheckpointException(file.Path, $"storage {key}", "is cut off.");
            long count = BinaryPrimitives.ReadInt64LittleEndian(file.Read(at, 8));
            at += 8;
            if (count < 0 || count > (file.Length - at) / type.ElementSize)
                throw new CheckpointException(file.Path, $"storage {key}",
                    $"{count} elements from byte {at} pass the file's end: it has {file.Length} bytes.");
            if (!places.TryAdd(key, (at, count)))
                throw new CheckpointException(file.Path, $"storage {key}", "is listed twice.");
            at += count * type.ElementSize;
        }
        return places;
    }

    private static StoragePlace Place(ReadOnlyFile file, Dictionary<string, (long Offset, long Count)> places, string name,
        PickledStorage storage)
    {
        if (!places.TryGetValue(storage.Key, out var place))
            throw new CheckpointException(file.Path, name, $"its storage '{storage.Key}' is not in the file.");
        if (storage.Length > place.Count - storage.Start)
            throw new CheckpointException(file.Path, name,
                $"its storage '{storage.Key}' has {place.Count} elements, not {storage.Length} from {storage.Start}.");
        return new(place.Offset, false);
    }
}
