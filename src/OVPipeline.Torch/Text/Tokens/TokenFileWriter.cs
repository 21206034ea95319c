using System.Runtime.InteropServices;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Writes a token file beside its place; <see cref="Complete"/> moves it there, so that a file of that name is whole.</summary>
internal sealed class TokenFileWriter : IDisposable
{
    private readonly string _path;
    private readonly string _part;
    private readonly FileStream _stream;
    private readonly TokenFileHeader _header;
    private long _count;

    public TokenFileWriter(string path, TrainingTokenizer tokenizer)
    {
        _path = Path.GetFullPath(path);
        AtomicFile.RequireWritable(Path.GetDirectoryName(_path)!);
        _part = $"{_path}.{Guid.NewGuid():n}.tmp";
        _header = new(TokenFileHeader.SizeFor(tokenizer.Vocabulary), tokenizer.Vocabulary, tokenizer.Separator, 0, tokenizer.Digest);
        _stream = new(_part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        _stream.Write(_header.ToBytes());
    }

    public long Count => _count;

    public void Write(ReadOnlySpan<int> ids)
    {
        if (_header.TokenSize == sizeof(int))
            _stream.Write(MemoryMarshal.AsBytes(ids));
        else
        {
            var narrow = new ushort[ids.Length];
            for (int i = 0; i < ids.Length; i++)
                narrow[i] = (ushort)ids[i];
            _stream.Write(MemoryMarshal.AsBytes<ushort>(narrow));
        }
        _count += ids.Length;
    }

    /// <summary>Puts the file in its place.</summary>
    public void Complete()
    {
        _stream.Position = 0;
        _stream.Write((_header with { Count = _count }).ToBytes());
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_part, _path, overwrite: true);
    }

    /// <summary>Takes away what is not complete.</summary>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // What was not written yet does not fit the disk: the write before has said so.
        }
        File.Delete(_part);
    }
}
