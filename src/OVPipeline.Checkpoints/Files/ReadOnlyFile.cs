using Microsoft.Win32.SafeHandles;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A read-only file of which pieces are read as they are asked for: a checkpoint of many gigabytes neither is loaded nor stays resident.
/// It is not mapped into memory: a file that somebody cuts short while it is mapped ends the process, and no handler can help it.
/// Thread-safe; closed when it is collected.
/// </summary>
internal sealed class ReadOnlyFile
{
    private readonly SafeFileHandle? _handle;

    private ReadOnlyFile(string path, long length, SafeFileHandle? handle)
    {
        Path = path;
        Length = length;
        _handle = handle;
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>No file, with no bytes: for tensors of which names are all that is looked at.</summary>
    /// <param name="name">What it is called.</param>
    public static ReadOnlyFile None(string name) => new(name, 0, null);

    /// <exception cref="CheckpointException">The file does not exist or cannot be read.</exception>
    public static ReadOnlyFile Open(string path)
    {
        if (RegularFile.OtherKind(path) is { } kind)
            throw new CheckpointException(path, null, $"is {kind}, not a file.");
        try
        {
#pragma warning disable RS0030 // it has been looked what it is
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
#pragma warning restore RS0030
            return new(path, RandomAccess.GetLength(handle), handle);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException or ArgumentException
            or (IOException and not CheckpointException))
        {
            throw new CheckpointException(path, null, $"cannot be opened: {FileException.Reason(path, e)}.", e);
        }
    }

    /// <summary>Closes the file, of which no window may be open, before it is collected: it can be written again.</summary>
    public void Close() => _handle?.Dispose();

    /// <summary>Opens a window on bytes that lie within the file.</summary>
    /// <exception cref="CheckpointException">The range is not in the file.</exception>
    public FileWindow Window(long offset, long length)
    {
        Require(offset, length);
        return new(this, offset, length);
    }

    /// <summary>Copies bytes that lie within the file.</summary>
    /// <exception cref="CheckpointException">The range is not in the file, or cannot be read.</exception>
    public byte[] Read(long offset, int length)
    {
        Require(offset, length);
        byte[] bytes = new byte[length];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Reads bytes that lie within the file.</summary>
    /// <exception cref="CheckpointException">They cannot be read, or are there no more.</exception>
    internal void Read(long offset, Span<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int count = RandomAccess.Read(_handle!, bytes, offset);
                if (count == 0)
                    throw new CheckpointException(Path, null, $"ends at byte {offset}: it had {Length} bytes when it was opened.");
                bytes = bytes[count..];
                offset += count;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(Path, null, $"cannot be read: {FileException.Reason(Path, e)}.", e);
        }
    }

    private void Require(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new CheckpointException(Path, null,
                $"bytes {offset} to {(Int128)offset + length} do not lie in a file of {Length} bytes.");
    }
}
