using System.IO.Compression;
using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Archives as PyTorch writes them, with one tensor <c>a</c> over a storage of the floats 0 to 5, byte by byte.</summary>
internal static class PickleArchive
{
    /// <summary>The longest 64-bit number, as LONG1.</summary>
    public const string Longest = "\u008A\u0008\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F";

    /// <summary>The pickle of a tensor, one character for each byte; arguments are instructions that push a number or a tuple.</summary>
    public static string Pickle(string offset, string shape, string stride, string storage = "FloatStorage", int length = 6) =>
        "\u0080\u0002}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\n" + storage
        + "\nX\u0001\0\0\00X\u0003\0\0\0cpuK" + (char)length + "tQ" + offset + shape + stride
        + "\u0089ccollections\nOrderedDict\n)RtRs.";

    /// <summary>Writes an archive.</summary>
    public static string Write(string path, string pickle, int storage = 24, Action<ZipArchive>? change = null,
        CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        using (var stream = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
            stream.Write(Encoding.Latin1.GetBytes(pickle));
        using (var stream = zip.CreateEntry("archive/data/0", compression).Open())
            stream.Write([.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i)).Take(storage)]);
        change?.Invoke(zip);
        return path;
    }
}
