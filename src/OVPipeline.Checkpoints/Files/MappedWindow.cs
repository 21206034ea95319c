using System.IO.MemoryMappedFiles;

namespace OVPipeline.Checkpoints;

/// <summary>Bytes of a <see cref="MappedFile"/>, valid until disposed.</summary>
internal readonly unsafe ref struct MappedWindow : IDisposable
{
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly long _length;

    public MappedWindow(MemoryMappedViewAccessor? view, long length)
    {
        _view = view;
        _length = length;
        if (view is null)
            return;
        byte* page = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref page);
        // The system maps whole pages: the pointer is to the start of one, and the view begins PointerOffset bytes into it.
        _start = page + view.PointerOffset;
    }

    /// <summary>A part of the window.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _length - length);
        return new(_start + offset, length);
    }

    public void Dispose()
    {
        if (_view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
