using System.IO.MemoryMappedFiles;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A read-only file of which windows are mapped into memory while they are read: a checkpoint of many gigabytes neither is loaded nor
/// stays resident. Thread-safe; closed when it is collected.
/// </summary>
internal sealed class MappedFile
{
    private readonly MemoryMappedFile? _map;

    private MappedFile(string path, long length, MemoryMappedFile? map)
    {
        Path = path;
        Length = length;
        _map = map;
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>No file, with no bytes: for tensors of which names are all that is looked at.</summary>
    /// <param name="name">What it is called.</param>
    public static MappedFile None(string name) => new(name, 0, null);

    /// <exception cref="CheckpointException">The file does not exist or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        if (RegularFile.OtherKind(path) is { } kind)
            throw new CheckpointException(path, null, $"is {kind}, not a file.");
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            long length = stream.Length;
            if (length == 0) // nothing can be mapped of an empty file
            {
                stream.Dispose();
                return new(path, 0, null);
            }
            var map = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new(path, length, map);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException or ArgumentException
            or (IOException and not CheckpointException))
        {
            throw new CheckpointException(path, null, $"cannot be opened: {FileException.Reason(path, e)}.", e);
        }
    }

    /// <summary>Closes the file, of which no window may be open, before it is collected: it can be written again.</summary>
    public void Close() => _map?.Dispose();

    /// <summary>Maps bytes that lie within the file.</summary>
    /// <exception cref="CheckpointException">The range is not in the file, or the system refuses to map it.</exception>
    public MappedWindow Map(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new CheckpointException(Path, null,
                $"bytes {offset} to {(Int128)offset + length} do not lie in a file of {Length} bytes.");
        try
        {
            return new MappedWindow(length == 0 ? null : _map!.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(Path, null, $"bytes {offset} to {offset + length} cannot be mapped: {e.Message}", e);
        }
    }

    /// <summary>Copies bytes that lie within the file.</summary>
    /// <exception cref="CheckpointException">The range is not in the file.</exception>
    public byte[] Read(long offset, int length)
    {
        using var window = Map(offset, length);
        return window.Slice(0, length).ToArray();
    }
}
