using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens GGUF files of versions 2 and 3 (format: github.com/ggml-org/ggml, docs/gguf.md). Nothing that a file tells is believed before it
/// is checked against the file.
/// <code>
/// byte 0      4         8         16       24
///      | GGUF | version | tensors | values | values | tensors | padding | elements, tensor by tensor |
/// </code>
/// Numbers are little-endian. A tensor tells its sizes with the innermost first and where its elements begin, counted from the padding's
/// end; elements begin at multiples of <c>general.alignment</c>.
/// </summary>
internal static class GgufReader
{
    private const string Alignment = "general.alignment";
    private const int UsualAlignment = 32;

    // ggml has four dimensions and names of 64 bytes; files of its kin have longer ones.
    private const int MostDimensions = 8, LongestName = 4096;

    // A name's length, a number of dimensions, a type and an offset take at least as much.
    private const int SmallestTensor = 8 + 4 + 4 + 8;

    /// <summary>Opens a file and, of a model in several, those beside it.</summary>
    /// <exception cref="CheckpointException">The file is no sound GGUF file.</exception>
    public static TensorFile Open(ReadOnlyFile file)
    {
        var (metadata, tensors) = OpenOne(file);
        if (GgufSplit.Parts(file.Path, metadata) is { } parts)
        {
            var opened = parts.Select(path => OpenOne(ReadOnlyFile.Open(path))).ToList();
            GgufSplit.Check(parts, opened.ConvertAll(part => part.Metadata), opened.Sum(part => part.Tensors.Count));
            metadata = opened[0].Metadata;
            tensors = [.. opened.SelectMany(part => part.Tensors)];
        }
        return new("GGUF", tensors)
        {
            Metadata = GgufConfig.Described(metadata),
            Config = GgufConfig.Of(file.Path, metadata, tensors),
            Tokens = GgufTokens.Of(file.Path, metadata),
        };
    }

    private static (GgufMetadata Metadata, List<StoredTensor> Tensors) OpenOne(ReadOnlyFile file)
    {
        var cursor = new GgufCursor(file, 0);
        if (cursor.Rest < 24 || !cursor.Take(4).SequenceEqual("GGUF"u8))
            throw new CheckpointException(file.Path, null, $"is no GGUF file, or is cut off: it has {file.Length} bytes.");
        CheckVersion(cursor, cursor.ReadU32());
        ulong tensorCount = cursor.ReadU64();
        ulong valueCount = cursor.ReadU64();
        var metadata = new GgufMetadata(file, cursor, valueCount);
        if (tensorCount > (ulong)(cursor.Rest / SmallestTensor))
            throw cursor.Wrong($"tells of {tensorCount} tensors, of which {cursor.Rest} bytes to the file's end have no room");
        var entries = new List<GgufEntry>();
        for (ulong i = 0; i < tensorCount; i++)
            entries.Add(ReadEntry(cursor, i));
        long alignment = metadata.Integer(Alignment) ?? UsualAlignment;
        if (alignment is < 1 or > int.MaxValue)
            throw metadata.Wrong(Alignment, $"must be a positive number of 31 bits, was {alignment}");
        long start = (cursor.Offset + alignment - 1) / alignment * alignment;
        return (metadata, Place(file, entries, start, alignment));
    }

    private static void CheckVersion(GgufCursor cursor, uint version)
    {
        if ((version & 0xFFFF) == 0)
            throw cursor.Wrong("is a big-endian GGUF file; only little-endian ones are read here: convert it with gguf_convert_endian.py");
        if (version is not (2 or 3))
            throw cursor.Wrong($"is GGUF of version {version}; versions 2 and 3 are read here");
    }

    private static GgufEntry ReadEntry(GgufCursor cursor, ulong number)
    {
        cursor.Entry = string.Create(CultureInfo.InvariantCulture, $"tensor {number}");
        string name = cursor.ReadText(LongestName);
        cursor.Entry = name;
        uint dimensions = cursor.ReadU32();
        if (dimensions > MostDimensions)
            throw cursor.Wrong($"has {dimensions} dimensions, more than {MostDimensions}");
        long[] shape = new long[dimensions];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = cursor.ReadU64();
            shape[i] = size <= long.MaxValue ? (long)size : throw cursor.Wrong($"has a dimension of {size}");
        }
        var type = GgufTypes.Of(cursor.ReadU32());
        ulong offset = cursor.ReadU64();
        if (shape.Length > 0 && shape[^1] % type.BlockLength != 0)
            throw cursor.Wrong($"has rows of {shape[^1]}, which are no multiple of the {type.BlockLength} elements of a block");
        if (shape.Length == 0 && type.BlockLength > 1)
            throw cursor.Wrong($"is a single number, but of blocks of {type.BlockLength}");
        return new(name, type, shape, offset);
    }

    /// <summary>Checks that tensors lie in the file, and on no other's place.</summary>
    private static List<StoredTensor> Place(ReadOnlyFile file, List<GgufEntry> entries, long start, long alignment)
    {
        long data = Math.Max(0, file.Length - start);
        (ulong End, string? Name) before = (0, null);
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Bytes))
        {
            if (entry.Offset % (ulong)alignment != 0)
            {
                throw new CheckpointException(file.Path, entry.Name,
                    $"begins at {entry.Offset}, no multiple of the alignment {alignment}.");
            }
            if (entry.Bytes is not { } bytes || bytes > data || entry.Offset > (ulong)(data - bytes))
            {
                string count = entry.Bytes?.ToString(CultureInfo.InvariantCulture) ?? "too many";
                throw new CheckpointException(file.Path, entry.Name,
                    $"{count} bytes from {entry.Offset} pass the file's end: {data} bytes follow its head.");
            }
            if (bytes > 0 && entry.Offset < before.End)
            {
                throw new CheckpointException(file.Path, entry.Name,
                    $"begins at {entry.Offset}, before {before.Name} ends at {before.End}.");
            }
            if (bytes > 0)
                before = (entry.Offset + (ulong)bytes, entry.Name);
        }
        return entries.ConvertAll(entry => new StoredTensor(new(entry.Name, entry.Type.Element, entry.Shape, file.Path), file,
            start + (long)entry.Offset, StoredTensor.ContiguousStrides(entry.Shape))
        { Unreadable = entry.Type.Unreadable });
    }
}

/// <summary>A tensor as a file's head lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="Offset">Where its elements begin, from the first tensor's place.</param>
internal sealed record GgufEntry(string Name, GgufType Type, long[] Shape, ulong Offset)
{
    /// <summary>How many bytes its elements take; null where they are more than any file has.</summary>
    public long? Bytes { get; } = BytesOf(Type, Shape);

    // In 128 bits a product of at most 2^63 and another size, at most 2^63 too, cannot overflow.
    private static long? BytesOf(GgufType type, long[] shape)
    {
        if (shape.Contains(0))
            return 0;
        Int128 elements = 1;
        foreach (long size in shape)
        {
            elements *= size;
            if (elements > long.MaxValue)
                return null;
        }
        var bytes = elements / type.BlockLength * type.BlockSize;
        return bytes <= long.MaxValue ? (long)bytes : null;
    }
}
