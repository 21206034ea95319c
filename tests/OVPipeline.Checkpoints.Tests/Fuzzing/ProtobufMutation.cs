namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Changes a field somewhere in a protobuf message, and puts the lengths of all messages around it right: what is read last is reached.
/// </summary>
internal static class ProtobufMutation
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;

    /// <summary>A mutated copy; null where the bytes are no message.</summary>
    public static byte[]? Of(byte[] message, Random random, int depth = 0)
    {
        if (Fields(message) is not { Count: > 0 } fields)
            return null;
        var field = fields[random.Next(fields.Count)];
        byte[] own = message[field.Start..field.End];
        byte[] payload = message[field.Payload..field.End];
        bool inner = field.Wire == LengthDelimited && payload.Length is > 1 and < 1 << 16 && depth < 8 && random.Next(4) != 0;
        if (inner && Of(payload, random, depth + 1) is { } changed)
            return [.. message[..field.Start], .. Number(field.Key), .. Number((ulong)changed.Length), .. changed, .. message[field.End..]];
        byte[] mutated = random.Next(7) switch
        {
            0 => [],
            1 => [.. own, .. own],
            2 => [.. Number((field.Key & ~7UL) | (uint)random.Next(8)), .. message[(field.Start + Size(field.Key))..field.End]],
            3 => [.. Number((field.Key & 7) | ((ulong)random.Next(1, 64) << 3)), .. message[(field.Start + Size(field.Key))..field.End]],
            4 when field.Wire == LengthDelimited => [.. Number(field.Key), .. Number(Hostile(random)), .. payload],
            5 when field.Wire == LengthDelimited =>
                [.. Number(field.Key), .. Number((ulong)(payload.Length / 2)), .. payload[..(payload.Length / 2)]],
            _ when field.Wire == Varint => [.. Number(field.Key), .. Number(Hostile(random))],
            _ => Overwritten(own, random),
        };
        return [.. message[..field.Start], .. mutated, .. message[field.End..]];
    }

    private static byte[] Overwritten(byte[] field, Random random)
    {
        field[random.Next(field.Length)] = (byte)random.Next(256);
        return field;
    }

    private static ulong Hostile(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => int.MaxValue,
        3 => 1UL << 40,
        4 => (ulong)random.Next(1 << 16),
        _ => 1UL << random.Next(64),
    };

    private static List<(int Start, int Payload, int End, ulong Key, int Wire)>? Fields(byte[] message)
    {
        List<(int, int, int, ulong, int)> fields = [];
        for (int at = 0; at < message.Length;)
        {
            int start = at;
            if (Read(message, ref at) is not ulong key)
                return null;
            int wire = (int)(key & 7), payload = at;
            ulong? length = wire switch
            {
                Varint => Read(message, ref at) is null ? null : 0,
                Fixed64 => 8,
                Fixed32 => 4,
                LengthDelimited => Read(message, ref at),
                _ => null,
            };
            if (wire == LengthDelimited)
                payload = at;
            if (length is not ulong size || size > (ulong)(message.Length - at) || key >> 3 == 0)
                return null;
            at += (int)size;
            fields.Add((start, payload, at, key, wire));
        }
        return fields;
    }

    private static ulong? Read(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int i = 0; i < 10 && at < bytes.Length; i++)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
                return value;
        }
        return null;
    }

    private static int Size(ulong value) => Number(value).Length;

    private static byte[] Number(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
