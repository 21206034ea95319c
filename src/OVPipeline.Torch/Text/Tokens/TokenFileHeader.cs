using System.Buffers.Binary;
using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>
/// The 64 bytes before the tokens of a token file: the mark <c>OVTOKENS</c>, version, bytes a token, vocabulary, separator id (each an
/// int32), count (int64), the SHA-256 of the tokenizer's file. All little-endian.
/// </summary>
/// <param name="TokenSize">2 (uint16) or 4 (int32) bytes.</param>
/// <param name="Vocabulary">Every id is below it.</param>
/// <param name="Separator">The id between documents.</param>
/// <param name="Count">Tokens in the file.</param>
/// <param name="Digest">SHA-256 of the tokenizer's file, in hexadecimal.</param>
internal readonly record struct TokenFileHeader(int TokenSize, int Vocabulary, int Separator, long Count, string Digest)
{
    public const int Size = 64;
    private const int Version = 1;

    private static ReadOnlySpan<byte> Mark => "OVTOKENS"u8;

    /// <summary>Bytes that a token of a vocabulary takes.</summary>
    public static int SizeFor(int vocabulary) => vocabulary <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Mark.CopyTo(bytes);
        int[] numbers = [Version, TokenSize, Vocabulary, Separator];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8 + (4 * i)), numbers[i]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Count);
        Convert.FromHexString(Digest).CopyTo(bytes, 32);
        return bytes;
    }

    /// <exception cref="CheckpointException">The bytes are no header, or do not fit the file's length.</exception>
    public static TokenFileHeader Parse(string file, ReadOnlySpan<byte> bytes, long fileLength)
    {
        if (bytes.Length < Size || !bytes.StartsWith(Mark))
            throw new CheckpointException(file, null, "is no token file: write one with TrainModel tokenize.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version)
            throw new CheckpointException(file, null, $"is a token file of version {version}, this program reads version {Version}.");
        var header = new TokenFileHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            Convert.ToHexStringLower(bytes[32..Size]));
        header.RequireSound(file);
        (long tokens, long rest) = Math.DivRem(fileLength - Size, header.TokenSize);
        return header.Count >= 0 && tokens == header.Count && rest == 0
            ? header
            : throw new CheckpointException(
                file,
                null,
                $"has {fileLength - Size} bytes of tokens, its header says {header.Count} tokens of {header.TokenSize} bytes: " +
                "it is cut off or damaged.");
    }

    private void RequireSound(string file)
    {
        bool isSeparator = Separator >= 0 && Separator < Vocabulary;
        if (Vocabulary < 1 || TokenSize != SizeFor(Vocabulary) || !isSeparator)
            throw new CheckpointException(
                file,
                null,
                $"its header says {TokenSize} bytes a token, vocabulary {Vocabulary}, separator {Separator}: it is damaged.");
    }
}
