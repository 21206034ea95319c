using System.Buffers;

namespace OVPipeline.Checkpoints;

/// <summary>Bytes of a <see cref="ReadOnlyFile"/>, of which the part that was asked for last is in memory.</summary>
internal readonly ref struct FileWindow : IDisposable
{
    private readonly ReadOnlyFile _file;
    private readonly long _offset, _length;
    private readonly Piece _piece = new();

    public FileWindow(ReadOnlyFile file, long offset, long length)
    {
        _file = file;
        _offset = offset;
        _length = length;
    }

    /// <summary>A part of the window, until the next one is asked for.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or the file has become shorter.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _length - length);
        if (length > 0 && !_piece.Holds(offset, length))
            _piece.Read(_file, _offset, offset, length, _length - offset);
        return length == 0 ? [] : _piece.Slice(offset, length);
    }

    public void Dispose() => _piece.Return();

    private sealed class Piece
    {
        // What is read at least: neighbours are often asked for one after the other.
        private const int Least = 4096;

        private byte[] _bytes = [];
        private long _start;
        private int _count;

        public bool Holds(long offset, int length) => offset >= _start && offset + length <= _start + _count;

        public ReadOnlySpan<byte> Slice(long offset, int length) => _bytes.AsSpan((int)(offset - _start), length);

        public void Read(ReadOnlyFile file, long window, long offset, int length, long most)
        {
            int count = (int)Math.Min(Math.Max(length, Least), most);
            if (_bytes.Length < count)
            {
                Return();
                _bytes = ArrayPool<byte>.Shared.Rent(count);
            }
            _count = 0;
            file.Read(window + offset, _bytes.AsSpan(0, count));
            _start = offset;
            _count = count;
        }

        public void Return()
        {
            if (_bytes.Length > 0)
                ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
            _count = 0;
        }
    }
}
