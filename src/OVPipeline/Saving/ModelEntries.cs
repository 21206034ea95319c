using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Opens a file beside a step's <c>Model.key</c> and has it read; false where there is none.</summary>
/// <param name="entry">Its name.</param>
/// <param name="read">Is given its bytes, and how many they are said to be.</param>
internal delegate bool EntrySource(string entry, Action<Stream, long> read);

/// <summary>
/// The entries that a step of ours keeps in an ML.NET model file. ML.NET's zip reader checks no checksums, so each entry is written with
/// its length and SHA-256, and read back only if both are right.
/// </summary>
/// <remarks>
/// ML.NET's own stream of a step, <c>Model.key</c>, has the 32-bit count of entries and, of each, its name, 64-bit length and digest; the
/// bytes lie in a file of that name beside it. Nothing is allocated for a length before it is known that the file has as many bytes, and
/// that the entry may be as long by what was read before it.
/// </remarks>
internal sealed class ModelEntries
{
    /// <summary>ML.NET's name of a step's own stream.</summary>
    public const string Key = "Model.key";

    // A circuit has six to eight, scoring one.
    private const int MostEntries = 64;

    // What is read and hashed at a time.
    private const int Chunk = 1 << 20;

    private readonly Dictionary<string, (long Length, byte[] Digest)> _saved;
    private readonly EntrySource _open;

    /// <summary>The entries that a step's own stream lists.</summary>
    /// <exception cref="CircuitModelException">It lists them wrongly.</exception>
    public ModelEntries(BinaryReader key, EntrySource open)
    {
        _open = open;
        _saved = Guarded(Key, () => ReadList(key));
    }

    public static ModelEntries Of(ModelLoadContext ctx) => new(ctx.Reader, (entry, read) =>
        ctx.TryLoadBinaryStream(entry, reader => read(reader.BaseStream, reader.BaseStream.Length)));

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

    public static byte[] Of(Matrix matrix) => MemoryMarshal.AsBytes(matrix.Values).ToArray();

    public static byte[] Of(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
            write(writer);
        return stream.ToArray();
    }

    public bool Has(string entry) => _saved.ContainsKey(entry);

    /// <summary>Into how many lines of so many numbers a matrix' entry divides: it is not opened for that.</summary>
    /// <exception cref="CircuitModelException">It is missing, or does not divide.</exception>
    public int LinesOf(string entry, int numbers)
    {
        long length = Saved(entry).Length, line = (long)numbers * sizeof(float);
        return length % line == 0 && length / line is > 0 and <= int.MaxValue and var lines
            ? (int)lines
            : throw new CircuitModelException(null, entry, $"holds {length} bytes, which are no lines of {numbers} numbers");
    }

    /// <exception cref="CircuitModelException">It is missing, of another size, not what was saved, or not finite.</exception>
    public Matrix ToMatrix(string entry, int rows, int columns)
    {
        long length = Saved(entry).Length, needed = (long)rows * columns * sizeof(float);
        if (length != needed)
            throw new CircuitModelException(null, entry, $"holds {length} bytes, a [{rows}, {columns}] matrix takes {needed}");
        var matrix = new Matrix(rows, columns, Read<float>(entry));
        return matrix.FirstNonFiniteRow() is >= 0 and int row
            ? throw new CircuitModelException(null, entry, $"holds a number in row {row} that is not finite")
            : matrix;
    }

    /// <summary>Reads what is no matrix.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="longest">The most bytes that it may have, by what was read before it.</param>
    /// <param name="read">Reads them.</param>
    /// <exception cref="CircuitModelException">It is missing, longer, not what was saved, or cannot be read.</exception>
    public T Parse<T>(string entry, long longest, Func<BinaryReader, T> read)
    {
        long length = Saved(entry).Length;
        if (length > longest)
            throw new CircuitModelException(null, entry, $"holds {length} bytes, more than the {longest} that it can have");
        using var reader = new BinaryReader(new MemoryStream(Read<byte>(entry)), Encoding.UTF8);
        return Guarded(entry, () => read(reader));
    }

    /// <summary>What bytes that are no saved model make readers throw.</summary>
    /// <exception cref="CircuitModelException">One was thrown.</exception>
    public static T Guarded<T>(string entry, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException and not CircuitModelException
            or OverflowException or InvalidOperationException or NotSupportedException or InvalidDataException)
        {
            // .NET puts the parameter's name behind the sentence.
            string reason = e.Message.Split(" (Parameter '")[0].TrimEnd('.');
            throw new CircuitModelException(null, entry, $"cannot be read: {reason}", e);
        }
    }

    private static Dictionary<string, (long Length, byte[] Digest)> ReadList(BinaryReader key)
    {
        int count = key.ReadInt32();
        if (count is < 0 or > MostEntries)
            throw new CircuitModelException(null, Key, $"says that there are {count} entries");
        Dictionary<string, (long, byte[])> saved = new(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string entry = key.ReadString();
            long length = key.ReadInt64();
            byte[] digest = key.ReadBytes(SHA256.HashSizeInBytes);
            if (length < 0 || !saved.TryAdd(entry, (length, digest)))
                throw new CircuitModelException(null, entry, "is listed twice, or with a length below 0");
        }
        return saved;
    }

    private (long Length, byte[] Digest) Saved(string entry) =>
        _saved.TryGetValue(entry, out var saved) ? saved : throw new CircuitModelException(null, entry, "is missing");

    private T[] Read<T>(string entry)
        where T : unmanaged
    {
        var (length, digest) = Saved(entry);
        long count = length / Marshal.SizeOf<T>();
        if (count > Array.MaxLength)
            throw new CircuitModelException(null, entry, $"holds {length} bytes, more than an array can");
        T[]? items = null;
        bool isThere = _open(entry, (stream, said) =>
        {
            if (said != length)
                throw Other(entry, said < length, length);
            items = new T[count];
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int done = 0; done < items.Length; done += Chunk)
            {
                var part = MemoryMarshal.AsBytes(items.AsSpan(done, Math.Min(Chunk, items.Length - done)));
                if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                    throw Other(entry, isFewer: true, length);
                hash.AppendData(part);
            }
            if (stream.ReadByte() >= 0)
                throw Other(entry, isFewer: false, length);
            if (!hash.GetHashAndReset().AsSpan().SequenceEqual(digest))
                throw new CircuitModelException(null, entry, "is not what was saved: its SHA-256 differs");
        });
        return isThere ? items! : throw new CircuitModelException(null, entry, "is missing");
    }

    private static CircuitModelException Other(string entry, bool isFewer, long length) =>
        new(null, entry, $"holds {(isFewer ? "fewer" : "more")} than the {length} bytes that were saved");
}
