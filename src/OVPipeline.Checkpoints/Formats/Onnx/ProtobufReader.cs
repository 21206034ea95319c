using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The fields of one protocol-buffer message, one after the other, over bytes of a file, nowhere copied. Every length is checked
/// against the message it stands in.
/// <code>
/// tag = field number * 8 + wire type, a varint; then by wire type
///   0  a varint: 7 bits a byte, lowest first, the top bit set where another follows
///   1  8 bytes   2  a varint n and n bytes: text, a message, packed numbers   5  4 bytes
/// </code>
/// </summary>
internal ref struct ProtobufReader
{
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _offset;
    private readonly string _file;
    private int _at;
    private int _start;
    private int _length;

    /// <param name="bytes">The message.</param>
    /// <param name="offset">Where in the file it begins.</param>
    /// <param name="file">The file, for messages.</param>
    public ProtobufReader(ReadOnlySpan<byte> bytes, long offset, string file)
    {
        _bytes = bytes;
        _offset = offset;
        _file = file;
    }

    /// <summary>The number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Its wire type.</summary>
    public int Wire { get; private set; }

    /// <summary>Its value where it is a varint.</summary>
    public ulong Value { get; private set; }

    /// <summary>Its bytes; empty for a varint.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _bytes.Slice(_start, _length);

    /// <summary>Where in the file <see cref="Bytes"/> begin.</summary>
    public readonly long Offset => _offset + _start;

    /// <summary>Goes on to the next field; false at the message's end.</summary>
    /// <exception cref="CheckpointException">The message is cut short, or holds no such field.</exception>
    public bool Next()
    {
        if (_at == _bytes.Length)
            return false;
        ulong tag = Varint();
        if (tag >> 3 is 0 or > 536_870_911) // field numbers have 29 bits
            throw Bad($"has a field of number {tag >> 3}");
        Field = (int)(tag >> 3);
        Wire = (int)(tag & 7);
        Value = 0;
        _start = _at;
        _length = 0;
        switch (Wire)
        {
            case 0:
                Value = Varint();
                return true;
            case 1:
                return Take(8);
            case 2:
                ulong length = Varint();
                _start = _at;
                return length <= int.MaxValue ? Take((int)length) : throw Bad($"has a field of {length} bytes");
            case 5:
                return Take(4);
            default:
                throw Bad($"has a field of wire type {Wire}");
        }
    }

    /// <summary>The field as a message of its own.</summary>
    public readonly ProtobufReader Message() => Wire == 2 ? new(Bytes, Offset, _file) : throw Kind("message");

    /// <summary>The field as text.</summary>
    public readonly string Text()
    {
        try
        {
            return Wire == 2 ? s_utf8.GetString(Bytes) : throw Kind("text");
        }
        catch (DecoderFallbackException e)
        {
            throw new CheckpointException(_file, null, $"holds text at byte {Offset} that is not UTF-8.", e);
        }
    }

    /// <summary>The field as a varint.</summary>
    public readonly long Number() => Wire == 0 ? (long)Value : throw Kind("number");

    /// <summary>Appends the field's varints, packed or one; false where that would make more than <paramref name="most"/>.</summary>
    public readonly bool TryNumbers(List<long> to, int most)
    {
        if (Wire == 0)
        {
            to.Add((long)Value);
            return to.Count <= most;
        }
        if (Wire != 2)
            throw Kind("numbers");
        var packed = new ProtobufReader(Bytes, Offset, _file);
        while (packed._at < packed._bytes.Length && to.Count <= most)
            to.Add((long)packed.Varint());
        return to.Count <= most;
    }

    /// <summary>An error about this message.</summary>
    public readonly CheckpointException Bad(string what) =>
        new(_file, null, $"is no sound ONNX file: the message at byte {_offset} {what}.");

    /// <summary>Little-endian whole numbers, as raw data has them.</summary>
    public static IEnumerable<long> Fixed(byte[] bytes, int size)
    {
        for (int at = 0; at + size <= bytes.Length; at += size)
            yield return size == 8
                ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at))
                : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
    }

    private readonly CheckpointException Kind(string expected) => Bad($"has no {expected} in field {Field}");

    private bool Take(int length)
    {
        if (length > _bytes.Length - _start)
            throw Bad($"ends before its field {Field}");
        _length = length;
        _at = _start + length;
        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_at == _bytes.Length)
                throw Bad("ends within a number");
            byte next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw Bad("has a number of more than 10 bytes");
    }
}
