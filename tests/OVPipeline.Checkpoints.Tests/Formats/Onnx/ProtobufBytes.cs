using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Writes one protocol-buffer message, field by field.</summary>
internal sealed class ProtobufBytes
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ProtobufBytes Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public ProtobufBytes Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtobufBytes Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufBytes Message(int field, ProtobufBytes value) => Bytes(field, value.ToArray());

    public ProtobufBytes Packed(int field, params IEnumerable<long> values)
    {
        var packed = new ProtobufBytes();
        foreach (long value in values)
            packed.Varint((ulong)value);
        return Message(field, packed);
    }

    public ProtobufBytes Entry(int field, string key, string value) => Message(field, new ProtobufBytes().Text(1, key).Text(2, value));

    public void Byte(byte value) => _bytes.Add(value);

    public void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
