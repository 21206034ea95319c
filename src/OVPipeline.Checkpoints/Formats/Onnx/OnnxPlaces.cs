using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>From what an ONNX file says of its tensors to where their elements lie, in it or in files beside it.</summary>
internal sealed class OnnxPlaces(ReadOnlyFile file)
{
    private const int LongestLocation = 255;

    private readonly Dictionary<string, ReadOnlyFile?> _others = new(StringComparer.Ordinal);

    /// <summary>A tensor as stored, its place checked. One that cannot be read says why.</summary>
    /// <exception cref="CheckpointException">Its sizes, its length or its place contradict the file.</exception>
    public StoredTensor Place(OnnxTensor tensor)
    {
        if (Array.Exists(tensor.Shape, size => size < 0))
            throw Bad(tensor, $"has shape [{string.Join(", ", tensor.Shape)}].");
        ElementType type = OnnxTypes.Element(tensor.DataType) ?? ElementType.U8;
        var info = new TensorInfo(tensor.Name, type, tensor.Shape, file.Path);
        var stored = new StoredTensor(info, file, 0, StoredTensor.ContiguousStrides(tensor.Shape));
        if (OnnxTypes.Element(tensor.DataType) is null)
            return stored with { Unreadable = $"its elements are {OnnxTypes.Name(tensor.DataType)}, which is not read here." };
        if (info.Length == 0)
            return stored;
        return tensor.Storage switch
        {
            OnnxStorage.Here => Here(tensor, stored),
            OnnxStorage.Elsewhere => Elsewhere(tensor, stored),
            OnnxStorage.Scattered => stored with { Unreadable = "its elements are a list of numbers, not one piece (raw_data)." },
            _ => stored with { Unreadable = "the file has no elements of it." },
        };
    }

    private StoredTensor Here(OnnxTensor tensor, StoredTensor stored)
    {
        RequireLength(tensor, stored, tensor.Length);
        return stored with { Offset = tensor.Offset };
    }

    private StoredTensor Elsewhere(OnnxTensor tensor, StoredTensor stored)
    {
        var says = tensor.External!;
        string location = says.GetValueOrDefault("location") ?? "";
        if (location.Length is 0 or > LongestLocation || location.IndexOfAny(['/', '\\', ':', '\0']) >= 0 || location is "." or "..")
            throw Bad(tensor, $"lies in '{location}', which is no file name in the model's folder.");
        if (!_others.TryGetValue(location, out ReadOnlyFile? other))
            _others[location] = other = Open(tensor, location);
        if (other is null)
            return stored with { Unreadable = $"its elements lie in {location}, which is not beside the model." };
        long offset = Number(tensor, "offset") ?? 0;
        long bytes = Bytes(stored);
        RequireLength(tensor, stored, Number(tensor, "length") ?? bytes);
        return offset <= other.Length - bytes
            ? stored with { File = other, Offset = offset, Info = stored.Info with { File = other.Path } }
            : throw Bad(tensor, $"bytes {offset} to {(Int128)offset + bytes} do not lie in {location}, which has {other.Length}.");
    }

    private ReadOnlyFile? Open(OnnxTensor tensor, string location)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        string path = Path.Combine(folder, location);
        if (!File.Exists(path))
            return null;
        // A hub's cache links each file to a folder of contents: where the model itself lies, its data may lie too.
        string? target = Path.GetDirectoryName(Target(path));
        return target == folder || target == Path.GetDirectoryName(Target(Path.GetFullPath(file.Path)))
            ? ReadOnlyFile.Open(path)
            : throw Bad(tensor, $"lies in '{location}', a link to another folder than the model's.");
    }

    private static string Target(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    private long? Number(OnnxTensor tensor, string key)
    {
        if (!tensor.External!.TryGetValue(key, out string? text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Bad(tensor, $"has the {key} '{text}' in another file.");
    }

    private void RequireLength(OnnxTensor tensor, StoredTensor stored, long length)
    {
        var info = stored.Info;
        if ((Int128)info.Length * info.Type.Size() != length)
            throw Bad(tensor, $"has {length} bytes, not the {info.Length} elements of {info.Type} that its shape has.");
    }

    // No overflow: RequireLength's caller compares with a length that a file has, and offsets are compared by subtraction.
    private static long Bytes(StoredTensor stored) =>
        (long)Int128.Min((Int128)stored.Info.Length * stored.Info.Type.Size(), long.MaxValue);

    private CheckpointException Bad(OnnxTensor tensor, string reason) => new(file.Path, tensor.Name, reason);
}
