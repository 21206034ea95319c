using System.Buffers.Binary;

namespace OVPipeline.Tests.Loading;

/// <summary>
/// Changes a saved model as accidents and attackers do. Most changes are to what an entry holds, with its length and digest put right, so
/// that what reads it is reached; others to the archive itself: its bytes, sizes and names.
/// </summary>
internal static class ZipMutation
{
    private const uint CentralHeader = 0x02014B50;

    private static readonly int[] s_counts =
        [0, 1, 2, -1, -4, 127, 128, 255, 256, 65535, 1 << 20, 100_000_000, 1 << 30, int.MaxValue, int.MinValue];

    private static readonly float[] s_numbers =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, -0f];

    /// <summary>Writes a mutated copy of one of some files.</summary>
    public static void Write(string[] seeds, string path, Random random)
    {
        string seed = seeds[random.Next(seeds.Length)];
        if (random.Next(4) > 0)
        {
            var zip = new SavedZip(seed);
            for (int changes = 1 + random.Next(3); changes > 0; changes--)
                ChangeEntry(zip, random);
            zip.Write(path);
            if (random.Next(4) > 0)
                return;
            seed = path;
        }
        byte[] bytes = File.ReadAllBytes(seed);
        for (int changes = 1 + random.Next(2); changes > 0; changes--)
            bytes = random.Next(2) == 0 ? ChangeDirectory(bytes, random) : ChangeBytes(bytes, random);
        File.WriteAllBytes(path, bytes);
    }

    private static void ChangeEntry(SavedZip zip, Random random)
    {
        string path = zip.Paths[random.Next(zip.Paths.Count)], other = zip.Paths[random.Next(zip.Paths.Count)];
        byte[] bytes = [.. zip[path]];
        switch (random.Next(10))
        {
            case 0:
                zip.Remove(path);
                return;
            case 1:
                zip.Put(path, zip[other]);
                return;
            case 2:
                int name = path.LastIndexOf('/') + 1;
                zip.Copy(path, $"{path[..name]}Transform_{random.Next(3):000}/{path[name..]}");
                return;
            case 3: // what packs to nothing
                zip.Put(path, new byte[1 << (10 + random.Next(12))]);
                return;
            case 4:
                zip.Put(path, Repeated(bytes, 1 + random.Next(64)));
                return;
            case 5 when bytes.Length >= sizeof(float):
                int number = random.Next(bytes.Length / sizeof(float)) * sizeof(float);
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(number), s_numbers[random.Next(s_numbers.Length)]);
                break;
            case 6 or 7 when bytes.Length >= sizeof(int): // any four bytes may be a count
                int at = random.Next(Math.Min(bytes.Length, 1024) - sizeof(int) + 1);
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), s_counts[random.Next(s_counts.Length)]);
                break;
            default:
                bytes = ChangeBytes(bytes, random);
                break;
        }
        zip.Put(path, bytes, listed: random.Next(8) > 0);
    }

    // A size or an offset of an entry, as the directory at the end has it: 32 bits each from the 20th byte, the offset at the 42nd.
    private static byte[] ChangeDirectory(byte[] bytes, Random random)
    {
        List<int> headers = [];
        for (int at = 0; at + 46 <= bytes.Length; at++)
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) == CentralHeader)
                headers.Add(at);
        if (headers.Count == 0)
            return bytes;
        int header = headers[random.Next(headers.Count)];
        int field = header + new[] { 8, 10, 20, 24, 28, 42 }[random.Next(6)];
        uint value = random.Next(3) == 0 ? (uint)bytes.Length * 1000 : (uint)s_counts[random.Next(s_counts.Length)];
        if (field - header is 8 or 10 or 28)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(field), (ushort)value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(field), value);
        return bytes;
    }

    private static byte[] ChangeBytes(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return [(byte)random.Next(256)];
        int at = random.Next(bytes.Length), end = Math.Min(bytes.Length, at + 1 + random.Next(64));
        switch (random.Next(5))
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
                return [.. bytes[..at], .. bytes[end..]];
            default:
                return [.. bytes[..end], .. bytes[at..]];
        }
    }

    private static byte[] Repeated(byte[] bytes, int times)
    {
        const int Longest = 1 << 22;
        return [.. Enumerable.Repeat(bytes, Math.Clamp(Longest / Math.Max(1, bytes.Length), 1, times)).SelectMany(part => part)];
    }
}
