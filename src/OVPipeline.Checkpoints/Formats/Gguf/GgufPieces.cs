using Google.Protobuf;

namespace OVPipeline.Checkpoints;

/// <summary>
/// SentencePiece's tokenizers in GGUF metadata, put back into the <c>ModelProto</c> that they were taken from, so that they are read as
/// such.
/// </summary>
internal static class GgufPieces
{
    private const string UnknownPiece = "unknown";

    /// <summary>Reads them.</summary>
    /// <exception cref="CheckpointException">They are not sound.</exception>
    public static TokenizerFile Read(GgufVocabulary vocabulary, bool unigrams)
    {
        if (vocabulary.Scores is null)
            throw vocabulary.Wrong("scores", "is missing");
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            for (int id = 0; id < vocabulary.Tokens.Length; id++)
                Write(output, 1, piece => WritePiece(piece, vocabulary, id));
            Write(output, 2, trainer =>
            {
                WriteNumber(trainer, 3, (int)(unigrams ? SentencePieceAlgorithm.Unigram : SentencePieceAlgorithm.Bpe));
                WriteNumber(trainer, 35, Enumerable.Range(0, vocabulary.Tokens.Length)
                    .Any(id => vocabulary.KindOf(id) == SentencePieceKind.Byte) ? 1 : 0);
            });
            Write(output, 3, normalizer =>
            {
                if (unigrams && vocabulary.Bytes("precompiled_charsmap") is { Length: > 0 } map)
                {
                    normalizer.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    normalizer.WriteBytes(ByteString.CopyFrom(map));
                }
                WriteNumber(normalizer, 3, vocabulary.Flag("add_space_prefix") ?? true ? 1 : 0);
                WriteNumber(normalizer, 4, unigrams && (vocabulary.Flag("remove_extra_whitespaces") ?? false) ? 1 : 0);
                WriteNumber(normalizer, 5, 1);
            });
        }
        return SentencePieceFile.Read(vocabulary.File, bytes.ToArray(), null, vocabulary.Added());
    }

    // Symbols of the user's are found in text before it comes here, unless they are written with U+2581; what is never found is as a mark.
    private static void WritePiece(CodedOutputStream output, GgufVocabulary vocabulary, int id)
    {
        string text = vocabulary.Tokens[id];
        var kind = vocabulary.KindOf(id) switch
        {
            SentencePieceKind.UserDefined when text.Contains('\u2581', StringComparison.Ordinal) => SentencePieceKind.Normal,
            SentencePieceKind.UserDefined or SentencePieceKind.Unused => SentencePieceKind.Control,
            0 => SentencePieceKind.Normal,
            var other => other,
        };
        if (id == vocabulary.Id(UnknownPiece))
            kind = SentencePieceKind.Unknown;
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
        output.WriteTag(2, WireFormat.WireType.Fixed32);
        output.WriteFloat((float)vocabulary.Scores![id]);
        WriteNumber(output, 3, (int)kind);
    }

    private static void Write(CodedOutputStream output, int field, Action<CodedOutputStream> content)
    {
        using var bytes = new MemoryStream();
        using (var inner = new CodedOutputStream(bytes, leaveOpen: true))
            content(inner);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes.ToArray()));
    }

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }
}
