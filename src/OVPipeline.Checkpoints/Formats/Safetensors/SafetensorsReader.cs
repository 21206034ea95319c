using System.Buffers.Binary;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens safetensors files. Every number in the header is checked against the file before a tensor is believed (format:
/// github.com/huggingface/safetensors).
/// <code>
/// byte 0     8            8 + n                        end
///      | n   | JSON header | elements, tensor by tensor |
/// </code>
/// n is unsigned and little-endian; offsets in the header count from 8 + n; elements are little-endian, last index fastest; tensors
/// follow one another without gap or overlap.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>The longest header the format allows, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    /// <exception cref="CheckpointException">The file is no sound safetensors file.</exception>
    public static TensorFile Open(ReadOnlyFile file)
    {
        string path = file.Path;
        if (file.Length < 8)
            throw new CheckpointException(path, null, $"is no safetensors file: {file.Length} bytes cannot hold a header.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.Read(0, 8));
        if (length > LongestHeader || length > (ulong)file.Length - 8)
            throw new CheckpointException(path, null,
                $"is no safetensors file: a header of {length} bytes, in a file of {file.Length} (at most {LongestHeader}).");
        var (entries, metadata) = SafetensorsHeader.Parse(path, file.Read(8, (int)length));
        return new("safetensors", [.. Place(file, 8 + (long)length, entries)]) { Metadata = metadata };
    }

    /// <summary>Checks that the tensors cover what follows the header exactly once.</summary>
    private static IEnumerable<StoredTensor> Place(ReadOnlyFile file, long start, IReadOnlyList<SafetensorsEntry> entries)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
            {
                string wrong = entry.Begin < end ? "overlap another tensor" : "leave a gap";
                throw new CheckpointException(file.Path, entry.Name,
                    $"data_offsets [{entry.Begin}, {entry.End}] {wrong}: the tensor before ends at {end}.");
            }
            if (entry.End > file.Length - start)
                throw new CheckpointException(file.Path, entry.Name,
                    $"data_offsets [{entry.Begin}, {entry.End}] pass the file's end: it has {file.Length - start} bytes after the header.");
            end = entry.End;
        }
        if (end != file.Length - start)
            throw new CheckpointException(file.Path, null, $"{file.Length - start - end} bytes after the last tensor belong to none.");
        return entries.Select(entry =>
        {
            var info = new TensorInfo(entry.Name, entry.Type, entry.Shape, file.Path);
            return new StoredTensor(info, file, start + entry.Begin, StoredTensor.ContiguousStrides(entry.Shape))
            {
                Unreadable = entry.Unreadable,
            };
        });
    }
}
