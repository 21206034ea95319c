using System.IO.Compression;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// The zip of a saved model. What is opened of it is a stream, unpacked as it is read; all that is opened together unpacks to at most
/// <see cref="MostTimes"/> times the file's bytes, or <see cref="Least"/>, and no entry to more than its packed bytes can be.
/// </summary>
internal sealed class CircuitArchive : IDisposable
{
    /// <summary>Matrices that were trained pack to about their own size, and texts to a quarter.</summary>
    public const int MostTimes = 16;

    /// <summary>What small files may unpack to whatever their size.</summary>
    public const int Least = 1 << 20;

    /// <summary>What is said of an archive that nothing can be made of.</summary>
    public const string Damaged = $"is a zip archive, but not {Wanted}, or it is cut or damaged";

    private const string Wanted = "a circuit that ml.Model.Save wrote";

    // A match of DEFLATE is of 258 bytes at most and takes two bits at least (RFC 1951); a block's end takes some more.
    private const int DeflateTimes = 258 * 8 / 2, DeflateMore = 1024;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private long _left;

    private CircuitArchive(ZipArchive zip, long length)
    {
        _zip = zip;
        _left = Math.Max(Least, MostTimes * length);
        // An archive that was made on Windows has backslashes. ML.NET takes the last of a name and others the first.
        foreach (var entry in zip.Entries)
            if (!_entries.TryAdd(entry.FullName.Replace('\\', '/'), entry))
                throw new CircuitModelException(null, entry.FullName, "occurs twice in the archive");
    }

    /// <exception cref="CircuitModelException">It cannot be opened, or is no sound zip archive.</exception>
    public static CircuitArchive Open(string path)
    {
        string content;
        try
        {
            content = FileContent.Describe(path);
        }
        catch (CheckpointException e)
        {
            throw new CircuitModelException(path, null, e.Message.Replace($"{path}: ", "", StringComparison.Ordinal).TrimEnd('.'), e);
        }
        if (content is not ("a model that ML.NET saved" or "a zip archive"))
            throw new CircuitModelException(path, null, $"is {content}, not {Wanted}");
        FileStream? stream = null;
        CircuitArchive? opened = null;
        try
        {
            stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return opened = new(new ZipArchive(stream, ZipArchiveMode.Read), stream.Length);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException
            or OverflowException)
        {
            throw new CircuitModelException(path, null, Damaged, e);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new CircuitModelException(path, null, $"cannot be opened: {FileException.Reason(path, e)}", e);
        }
        finally
        {
            if (opened is null)
                stream?.Dispose();
        }
    }

    public void Dispose() => _zip.Dispose();

    /// <summary>Has an entry read; false where there is none.</summary>
    /// <param name="name">Its path in the archive, with slashes.</param>
    /// <param name="read">Is given its bytes, and how many they are.</param>
    /// <exception cref="CircuitModelException">It would unpack to more than it may, or cannot be unpacked.</exception>
    public bool TryRead(string name, Action<Stream, long> read)
    {
        if (!_entries.TryGetValue(name, out var entry))
            return false;
        long length = entry.Length;
        if (length > (entry.CompressedLength * (Int128)DeflateTimes) + DeflateMore)
            throw new CircuitModelException(null, name, $"holds fewer than the {length} bytes that the archive says");
        if (length > _left)
        {
            throw new CircuitModelException(null, name, $"unpacks to {length} bytes, and what is read of the file may unpack to "
                + $"{MostTimes} times its size; ml.Model.Load opens it, if you trust it");
        }
        _left -= length;
        try
        {
            using var stream = entry.Open();
            read(stream, length);
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or ArgumentException
            || (e is IOException && FileException.IsSystems(e)))
        {
            throw new CircuitModelException(null, name, "cannot be unpacked: " + e.Message.TrimEnd('.'), e);
        }
    }
}
