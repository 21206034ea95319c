using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Changes a file as accidents and attackers do: bits, bytes, lengths, numbers in text, cuts, repeats, parts of other files.
/// </summary>
internal static class Mutation
{
    private static readonly long[] s_values =
        [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 65535, int.MaxValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue, -1, -2,
            1L << 53, 100_000_000];

    /// <summary>
    /// A mutated copy; one to three changes. Half of those of a safetensors file are to its header alone, with its length put right, so
    /// that what comes after the length is reached. Half of those of protobuf, GGUF and pickles are of their own units.
    /// </summary>
    public static byte[] Of(byte[] original, byte[] other, Random random)
    {
        if (HeaderLength(original) is int header && random.Next(2) == 0)
        {
            byte[] json = Several(original[8..(8 + header)], other, random);
            return [.. BitConverter.GetBytes((long)json.Length), .. json, .. original[(8 + header)..]];
        }
        return random.Next(2) == 0 && OfUnits(original, random) is { } mutated ? mutated : Several(original, other, random);
    }

    private static byte[]? OfUnits(byte[] original, Random random) =>
        FirstLook.At(original.AsSpan(0, Math.Min(original.Length, FirstLook.HeadLength)), original.Length).Kind switch
        {
            FileKind.Zip => PickleMutation.OfArchive(original, random),
            FileKind.PyTorchLegacy or FileKind.Pickle => PickleMutation.Of(original, random),
            FileKind.Gguf => ChangeCount(original, random),
            FileKind.Unknown => ProtobufMutation.Of(original, random),
            _ => null,
        };

    // A small number of four or eight bytes is most often a count or a length.
    private static byte[] ChangeCount(byte[] original, Random random)
    {
        byte[] bytes = [.. original];
        int from = random.Next(bytes.Length);
        for (int i = 0; i < bytes.Length - 8; i++)
        {
            int at = (from + i) % (bytes.Length - 8);
            if (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) is > 0 and < 1 << 20 && bytes[at] != 0)
                return WriteInteger(bytes, at, s_values[random.Next(s_values.Length)], 1 << (2 + random.Next(2)));
        }
        return bytes;
    }

    private static byte[] Several(byte[] original, byte[] other, Random random)
    {
        byte[] bytes = [.. original];
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
            bytes = Change(bytes, other, random);
        return bytes;
    }

    private static int? HeaderLength(byte[] file) =>
        file.Length > 9 && file[8] == '{' && BinaryPrimitives.ReadInt64LittleEndian(file) is > 0 and var length && length <= file.Length - 8
            ? (int)length
            : null;

    private static byte[] Change(byte[] bytes, byte[] other, Random random)
    {
        if (bytes.Length == 0)
            return other[..random.Next(other.Length + 1)];
        int at = random.Next(bytes.Length);
        switch (random.Next(12))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(16))..]];
            case 4:
                return [.. bytes[..at], .. bytes[at..Math.Min(bytes.Length, at + 1 + random.Next(64))], .. bytes[at..]];
            case 5:
                return [.. bytes, .. new byte[random.Next(64)]];
            case 6 or 7:
                return WriteInteger(bytes, at, s_values[random.Next(s_values.Length)], 1 << random.Next(4));
            case 8 or 9:
                return ChangeNumber(bytes, at, s_values[random.Next(s_values.Length)]);
            case 10:
                int text = bytes.AsSpan(at).IndexOf((byte)'"') + at + 1; // half of a surrogate pair, in JSON a name's or a text's
                return [.. bytes[..text], .. "\\ud800"u8, .. bytes[text..]];
            default:
                int from = random.Next(other.Length);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + 1 + random.Next(48))], .. bytes[at..]];
        }
    }

    private static byte[] WriteInteger(byte[] bytes, int at, long value, int size)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..Math.Min(size, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Replaces the next decimal number in the file.</summary>
    private static byte[] ChangeNumber(byte[] bytes, int at, long value)
    {
        int start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
            return bytes;
        start += at;
        int end = start;
        while (end < bytes.Length && char.IsAsciiDigit((char)bytes[end]))
            end++;
        return [.. bytes[..start], .. Encoding.ASCII.GetBytes(value.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            .. bytes[end..]];
    }
}
