using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// The entries that our transformers keep in an ML.NET model file. ML.NET's zip reader checks no checksums, so each entry is written
/// with its length and SHA-256, and read back only if both are right.
/// </summary>
/// <remarks>
/// ML.NET's own stream of a model, <c>Model.key</c>, has the 32-bit count of entries and, of each, its name, 64-bit length and digest;
/// the bytes lie in a file of that name beside it.
/// </remarks>
internal static class ModelEntries
{
    // A circuit has six or seven, scoring one.
    private const int MostEntries = 64;

    public static void Write(ModelSaveContext ctx, params (string Entry, byte[] Bytes)[] entries)
    {
        ctx.Writer.Write(entries.Length);
        foreach (var (entry, bytes) in entries)
        {
            ctx.Writer.Write(entry);
            ctx.Writer.Write((long)bytes.Length);
            ctx.Writer.Write(SHA256.HashData(bytes));
            ctx.SaveBinaryStream(entry, writer => writer.Write(bytes));
        }
    }

    public static Dictionary<string, byte[]> Read(ModelLoadContext ctx)
    {
        int count = ReadCount(ctx);
        var entries = new Dictionary<string, byte[]>(count);
        for (int i = 0; i < count; i++)
        {
            string entry = ctx.Reader.ReadString();
            long length = ctx.Reader.ReadInt64();
            byte[] digest = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes);
            byte[]? bytes = null;
            if (!ctx.TryLoadBinaryStream(entry, reader => bytes = ReadExactly(reader.BaseStream, entry, length)))
                throw new CircuitModelException(entry, "is missing");
            if (!SHA256.HashData(bytes!).AsSpan().SequenceEqual(digest))
                throw new CircuitModelException(entry, "is not what was saved: its SHA-256 differs");
            entries.Add(entry, bytes!);
        }
        return entries;
    }

    public static byte[] Of(Matrix matrix) => MemoryMarshal.AsBytes(matrix.Values).ToArray();

    public static Matrix ToMatrix(this Dictionary<string, byte[]> entries, string entry, int rows, int columns)
    {
        byte[] bytes = entries.Get(entry);
        long needed = (long)rows * columns * sizeof(float);
        if (bytes.Length != needed)
            throw new CircuitModelException(entry, $"holds {bytes.Length} bytes, a [{rows}, {columns}] matrix takes {needed}");
        return new(rows, columns, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    public static byte[] Of(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
            write(writer);
        return stream.ToArray();
    }

    public static T Parse<T>(this Dictionary<string, byte[]> entries, string entry, Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(new MemoryStream(entries.Get(entry)), Encoding.UTF8);
        try
        {
            return read(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or FormatException or OverflowException)
        {
            throw new CircuitModelException(entry, "cannot be read: " + e.Message, e);
        }
    }

    private static byte[] Get(this Dictionary<string, byte[]> entries, string entry) =>
        entries.TryGetValue(entry, out byte[]? bytes) ? bytes : throw new CircuitModelException(entry, "is missing");

    private static int ReadCount(ModelLoadContext ctx)
    {
        int count = ctx.Reader.ReadInt32();
        return count is >= 0 and <= MostEntries
            ? count
            : throw new CircuitModelException("Model.key", $"says that there are {count} entries");
    }

    private static byte[] ReadExactly(Stream stream, string entry, long length)
    {
        // A false length must not make us allocate: read what is there, at most one byte more than was said.
        var read = new MemoryStream();
        var buffer = new byte[81920];
        for (int n; read.Length <= length && (n = stream.Read(buffer)) > 0;)
            read.Write(buffer, 0, n);
        if (read.Length == length)
            return read.ToArray();
        string than = read.Length < length ? "fewer" : "more";
        throw new CircuitModelException(entry, $"holds {than} than the {length} bytes that were saved");
    }
}
