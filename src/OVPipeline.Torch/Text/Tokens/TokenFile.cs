using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>A file of token ids, read as they are asked for: opening it reads its header only. Thread-safe.</summary>
public sealed class TokenFile : IDisposable
{
    private readonly TokenFileHeader _header;
    private readonly SafeFileHandle _file; // not mapped: to cut a mapped file short ends the process

    private TokenFile(string path, TokenFileHeader header)
    {
        Path = path;
        _header = header;
#pragma warning disable RS0030 // Open has looked what it is
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
#pragma warning restore RS0030
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Tokens in the file.</summary>
    public long Count => _header.Count;

    /// <summary>The tokenizer's vocabulary: every id is below it.</summary>
    public int Vocabulary => _header.Vocabulary;

    /// <summary>The id that stands between documents, and before every window.</summary>
    public int Separator => _header.Separator;

    /// <summary>SHA-256 of the tokenizer's file, in hexadecimal.</summary>
    public string TokenizerDigest => _header.Digest;

    /// <summary>Opens a token file.</summary>
    /// <exception cref="CheckpointException">There is no such file, or it is no sound token file.</exception>
    public static TokenFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            TokenFileHeader header;
            using (var stream = RegularFile.OpenRead(path))
            {
                byte[] bytes = new byte[TokenFileHeader.Size];
                int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                header = TokenFileHeader.Parse(path, bytes.AsSpan(0, read), stream.Length);
            }
            return new(path, header);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new CheckpointException(path, null, $"cannot be read: {FileException.Reason(path, e)}.", e);
        }
    }

    /// <summary>Copies tokens <c>[first, first + tokens.Length)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all in the file.</exception>
    /// <exception cref="CheckpointException">An id is not below the vocabulary's size.</exception>
    public void Read(long first, Span<long> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - tokens.Length);
        if (_header.TokenSize == sizeof(ushort))
            Copy<ushort>(first, tokens);
        else
            Copy<int>(first, tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Copy<T>(long first, Span<long> tokens) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var ids = new T[tokens.Length];
        ReadBytes(TokenFileHeader.Size + (first * _header.TokenSize), MemoryMarshal.AsBytes(ids.AsSpan()));
        for (int i = 0; i < ids.Length; i++)
        {
            long id = long.CreateTruncating(ids[i]);
            if ((ulong)id >= (ulong)Vocabulary)
                throw new CheckpointException(Path, null, $"token {first + i} is {id}, beyond the vocabulary of {Vocabulary}.");
            tokens[i] = id;
        }
    }

    private void ReadBytes(long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0)
                throw new CheckpointException(Path, null, $"ends at byte {offset}: it held {Count} tokens when it was opened.");
            bytes = bytes[count..];
            offset += count;
        }
    }
}
