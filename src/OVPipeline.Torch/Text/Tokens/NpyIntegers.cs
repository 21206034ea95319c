using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Integers of NumPy's .npy files (versions 1 to 3), of one dimension or two, whatever their width and byte order.</summary>
internal static partial class NpyIntegers
{
    // The magic string, two bytes of version, and two or four of the header's length.
    private static readonly byte[] s_magic = [0x93, .. "NUMPY"u8];

    /// <summary>The rows of an array of two dimensions; an array of one is one row.</summary>
    /// <exception cref="FormatException">It is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<long[]> Read(string path)
    {
        byte[] bytes = RegularFile.ReadAllBytes(path);
        string name = Path.GetFileName(path);
        if (bytes.Length < 12 || !bytes.AsSpan(0, s_magic.Length).SequenceEqual(s_magic))
            throw new FormatException($"{name} is no .npy file: it does not begin as NumPy writes them.");
        bool isLong = bytes[6] >= 2;
        int start = isLong ? 12 : 10;
        var size = bytes.AsSpan(8);
        long length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(size) : BinaryPrimitives.ReadUInt16LittleEndian(size);
        if (start + length > bytes.Length)
            throw new FormatException($"{name} ends within its header.");
        string header = Encoding.Latin1.GetString(bytes, start, (int)length);
        string type = Field(Description(), "descr");
        int[] shape = [.. Field(Shape(), "shape").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        if (type.Length < 3 || type[1] is not ('i' or 'u') || !int.TryParse(type[2..], out int width) || width is not (1 or 2 or 4 or 8))
            throw new FormatException($"{name} holds '{type}'; token ids are integers ('<i4' or '<i8': array.astype(numpy.int32)).");
        if (shape.Length is not (1 or 2) || shape.Any(count => count < 0))
            throw new FormatException($"{name} has the shape ({string.Join(", ", shape)}); sequences are of one dimension or of two.");
        var (rows, columns) = shape.Length == 1 ? (1, shape[0]) : (shape[0], shape[1]); // of one dimension, one sequence
        int data = start + (int)length;
        if (bytes.Length - data != (long)rows * columns * width)
            throw new FormatException($"{name} has {bytes.Length - data} bytes of data, its shape takes {(long)rows * columns * width}.");
        bool isFortran = Fortran().IsMatch(header);
        return [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column =>
            Value(bytes.AsSpan(data + (width * (isFortran ? (column * rows) + row : (row * columns) + column)), width), type)).ToArray())];

        string Field(Regex pattern, string field) => pattern.Match(header) is { Success: true } match
            ? match.Groups[1].Value
            : throw new FormatException($"{name}: its header has no {field}.");
    }

    // Bytes from the highest down; the highest one carries the sign.
    private static long Value(ReadOnlySpan<byte> bytes, string type)
    {
        bool isBigEndian = type[0] == '>', isSigned = type[1] == 'i';
        long value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte next = bytes[isBigEndian ? i : bytes.Length - 1 - i];
            value = i == 0 && isSigned ? (sbyte)next : (value << 8) | next;
        }
        return value;
    }

    [GeneratedRegex("'descr'\\s*:\\s*'([^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex Description();

    [GeneratedRegex("'shape'\\s*:\\s*\\(([^)]*)\\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex("'fortran_order'\\s*:\\s*True", RegexOptions.CultureInvariant)]
    private static partial Regex Fortran();
}
