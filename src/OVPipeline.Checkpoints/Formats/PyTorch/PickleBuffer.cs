using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>The bytes of a pickle, taken one value after another. What is cut off or no value is a <see cref="FormatException"/>.</summary>
internal ref struct PickleBuffer(ReadOnlySpan<byte> bytes)
{
    // Names of tensors, keys of storages, settings. Whatever longer text a training run kept beside them stays bytes.
    private const int LongestText = 1 << 20;

    // Of bytes: what a number of numpy's takes, with room.
    private const int MostKept = 64;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next value begins.</summary>
    public int At { get; private set; }

    public byte Byte() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A double, of all of a pickle's numbers the only one with its first byte in front.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>Text of so many bytes; a long one stays bytes.</summary>
    public object Text(ulong length) => length <= LongestText ? Encoding.UTF8.GetString(Take((int)length)) : Blob(length);

    /// <summary>Bytes, of which the first are kept.</summary>
    public PickleBytes Blob(ulong length)
    {
        var taken = Take((int)Math.Min(length, int.MaxValue));
        return new(taken[..Math.Min(taken.Length, MostKept)].ToArray(), (long)length);
    }

    /// <summary>Two's complement, little-endian, as many bytes as it takes, none for 0; of more than eight it stays bytes.</summary>
    public object Long(ulong length)
    {
        if (length > 8)
            return Blob(length);
        var digits = Take((int)length);
        long value = digits.Length > 0 && (digits[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = digits.Length - 1; i >= 0; i--)
            value = (value << 8) | digits[i];
        return value;
    }

    /// <summary>Text up to the end of the line: all that protocol 0 has.</summary>
    public string Line()
    {
        int length = _bytes[At..].IndexOf((byte)'\n');
        if (length < 0)
            throw new FormatException("a name does not end");
        if (length > LongestText)
            throw new FormatException($"a name has {length} bytes, {LongestText} are allowed");
        string line = Encoding.UTF8.GetString(Take(length));
        At++;
        return line;
    }

    /// <summary>A line as a whole number; 00 and 01 are false and true, a long ends in L, one of more than 64 bits stays text.</summary>
    public object LineNumber()
    {
        string line = Line().TrimEnd('\r');
        if (line is "00" or "01")
            return line == "01";
        string digits = line.TrimEnd('L');
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : line;
    }

    /// <summary>A line as a double, or as text where it is none.</summary>
    public object LineDouble()
    {
        string line = Line();
        return double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : line;
    }

    /// <summary>A line of text between quotes. Its escapes are left as they are: no name of a tensor has any.</summary>
    public string LineQuoted() => Line().TrimEnd('\r') is [('\'' or '"') and var open, .. var text, var close] && open == close
        ? text
        : throw new FormatException("a text lacks its quotes");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - At)
            throw new FormatException("it is cut off");
        At += count;
        return _bytes.Slice(At - count, count);
    }
}
