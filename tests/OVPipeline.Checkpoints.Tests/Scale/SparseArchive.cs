using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A PyTorch archive of one tensor of halves that is all holes but its last element; zip64, as its storage passes 4 GiB.</summary>
internal static class SparseArchive
{
    public static void Write(string path, long elements, Half last)
    {
        string rows = Long(elements / 1024), columns = Long(1024), one = "K\u0001";
        byte[] pickle = Encoding.Latin1.GetBytes(
            "\u0080\u0002}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n"
            + "((X\u0007\0\0\0storagectorch\nHalfStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu"
            + $"{Long(elements)}tQK\0{rows}{columns}\u0086{columns}{one}\u0086\u0089ccollections\nOrderedDict\n)RtRs.");
        using var file = new FileStream(path, FileMode.CreateNew);
        using var writer = new BinaryWriter(file);
        long pickleAt = Local(writer, "archive/data.pkl", pickle.Length);
        file.Write(pickle);
        long dataAt = Local(writer, "archive/data/0", 2 * elements);
        file.Position += 2 * elements - 2;
        writer.Write(BitConverter.HalfToUInt16Bits(last));
        long directory = file.Position;
        Central(writer, "archive/data.pkl", pickle.Length, pickleAt);
        Central(writer, "archive/data/0", 2 * elements, dataAt);
        long end = file.Position;
        writer.Write(0x06064B50u);
        writer.Write(44L);
        writer.Write(0x002D002Du);
        writer.Write(0L);
        writer.Write(2L);
        writer.Write(2L);
        writer.Write(end - directory);
        writer.Write(directory);
        writer.Write(0x07064B50u);
        writer.Write(0);
        writer.Write(end);
        writer.Write(1);
        writer.Write(0x06054B50u);
        writer.Write(0);
        writer.Write(uint.MaxValue);
        writer.Write(ulong.MaxValue);
        writer.Write((ushort)0);
    }

    private static long Local(BinaryWriter writer, string name, long length)
    {
        long at = writer.BaseStream.Position;
        writer.Write(0x04034B50u);
        writer.Write(45);
        writer.Write(0L); // method, time, date, the low half of the checksum
        writer.Write((ushort)0);
        writer.Write(ulong.MaxValue);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)20);
        writer.Write(Encoding.ASCII.GetBytes(name));
        writer.Write(0x00100001u);
        writer.Write(length);
        writer.Write(length);
        return at;
    }

    private static void Central(BinaryWriter writer, string name, long length, long header)
    {
        writer.Write(0x02014B50u);
        writer.Write(0x002D002Du);
        writer.Write(0L);
        writer.Write(0);
        writer.Write(ulong.MaxValue);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)28);
        writer.Write(new byte[10]);
        writer.Write(uint.MaxValue);
        writer.Write(Encoding.ASCII.GetBytes(name));
        writer.Write(0x00180001u);
        writer.Write(length);
        writer.Write(length);
        writer.Write(header);
    }

    private static string Long(long value) =>
        string.Create(CultureInfo.InvariantCulture, $"\u008A\u0008{Encoding.Latin1.GetString(BitConverter.GetBytes(value))}");
}
