using System.IO.Compression;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Puts opcodes into a pickle, or over some of it; in an archive, whose directory is then written anew.</summary>
internal static class PickleMutation
{
    private static readonly byte[][] s_opcodes =
    [
        [.. "("u8], [.. ")"u8], [.. "}"u8], [.. "]"u8], [.. "t"u8], [0x85], [0x86], [0x87], [.. "R"u8], [.. "b"u8], [.. "s"u8], [.. "u"u8],
        [.. "e"u8], [.. "a"u8], [.. "0"u8], [.. "2"u8], [.. "q\0"u8], [.. "r"u8, 0xFF, 0xFF, 0xFF, 0x7F], [.. "h\0"u8], [.. "h"u8, 0xFF],
        [.. "K"u8, 0xFF], [.. "M"u8, 0xFF, 0xFF], [.. "J"u8, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x8A, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [.. "X"u8, 0xFF, 0xFF, 0xFF, 0x7F], [.. "B"u8, 0xFF, 0xFF, 0xFF, 0x7F], [.. "cos\nsystem\n"u8],
        [.. "ctorch._utils\n_rebuild_tensor_v2\n"u8], [.. "ccollections\nOrderedDict\n"u8], [.. "ctorch.nn.parameter\nParameter\n"u8],
        [.. "Q"u8], [.. "."u8], [.. "N"u8], [0x81], [0x88], [0x89], [0x8F], [0x90], [0x93], [0x94], [0x95, 0xFF, 0, 0, 0, 0, 0, 0, 0],
    ];

    /// <summary>A mutated copy of an archive; null where it is none that can be taken apart.</summary>
    public static byte[]? OfArchive(byte[] archive, Random random)
    {
        try
        {
            var copy = new MemoryStream();
            using (var zip = new ZipArchive(new MemoryStream(archive)))
            using (var other = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var entry in zip.Entries)
                {
                    using var content = new MemoryStream();
                    using (var stream = entry.Open())
                        stream.CopyTo(content);
                    bool isPickle = entry.FullName.EndsWith("data.pkl", StringComparison.Ordinal);
                    using var target = other.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                    target.Write(isPickle ? Of(content.ToArray(), random) : content.ToArray());
                }
            }
            return copy.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A mutated copy of a pickle.</summary>
    public static byte[] Of(byte[] pickle, Random random)
    {
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
        {
            int at = random.Next(pickle.Length + 1);
            byte[] opcode = s_opcodes[random.Next(s_opcodes.Length)];
            int over = random.Next(2) == 0 ? Math.Min(opcode.Length, pickle.Length - at) : 0;
            pickle = [.. pickle[..at], .. opcode, .. pickle[(at + over)..]];
        }
        return pickle;
    }
}
