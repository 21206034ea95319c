using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>Reads a GGUF file's head in order, and never past the file's end.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where to begin.</param>
/// <param name="ahead">How much is read at a time where less is asked for; 0 for a value by itself.</param>
internal sealed class GgufCursor(ReadOnlyFile file, long offset, int ahead = GgufCursor.Much)
{
    /// <summary>What is read at a time of what is long.</summary>
    public const int Much = 1 << 20;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private byte[] _bytes = [];
    private long _start = offset;

    /// <summary>Where the next byte lies.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Bytes from here to the file's end.</summary>
    public long Rest => file.Length - Offset;

    /// <summary>What is being read, for errors.</summary>
    public string? Entry { get; set; }

    /// <summary>The next 32 bits, unsigned.</summary>
    public uint ReadU32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>The next 64 bits, unsigned.</summary>
    public ulong ReadU64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A text of at most so many bytes.</summary>
    /// <exception cref="CheckpointException">It is longer, passes the file's end, or is no UTF-8.</exception>
    public string ReadText(int most)
    {
        int length = (int)Length(1, most, "bytes of text");
        try
        {
            return s_utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException e)
        {
            throw Wrong("holds text that is not UTF-8", e);
        }
    }

    /// <summary>A count of 64 bits of things that take <paramref name="size"/> bytes or more each.</summary>
    /// <exception cref="CheckpointException">As many do not fit the rest of the file, or are more than <paramref name="most"/>.</exception>
    public long Length(long size, long most, string things)
    {
        ulong length = ReadU64();
        if (length > (ulong)(Rest / size))
            throw Wrong($"tells of {length} {things}, of which {Rest} bytes to the file's end have no room");
        return length <= (ulong)most ? (long)length : throw Wrong($"tells of {length} {things}, more than the {most} that are read here");
    }

    /// <summary>Passes over bytes.</summary>
    /// <exception cref="CheckpointException">They pass the file's end.</exception>
    public void Skip(long count)
    {
        if (count > Rest)
            throw Wrong($"ends too early: {count} bytes are needed, {Rest} are left");
        Offset += count;
    }

    /// <summary>The next bytes; valid until the next call.</summary>
    /// <exception cref="CheckpointException">They pass the file's end.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        long from = Offset;
        Skip(count);
        if (from < _start || Offset > _start + _bytes.Length)
        {
            _bytes = file.Read(from, (int)Math.Max(count, Math.Min(ahead, file.Length - from)));
            _start = from;
        }
        return _bytes.AsSpan((int)(from - _start), count);
    }

    /// <summary>An error about what is being read.</summary>
    public CheckpointException Wrong(string reason, Exception? inner = null) => new(file.Path, Entry, reason + ".", inner);
}
