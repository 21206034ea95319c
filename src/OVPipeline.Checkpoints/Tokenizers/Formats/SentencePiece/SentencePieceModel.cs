using System.Text;
using Google.Protobuf;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What is read of a SentencePiece <c>.model</c> file, a protocol buffer <c>ModelProto</c> (sentencepiece_model.proto): the pieces by
/// id, which Microsoft.ML.Tokenizers shows only as a dictionary from text, and what encoding needs.
/// </summary>
internal sealed class SentencePieceModel
{
    // Trainers allow 16 characters by default; a bound keeps the search for merges short.
    private const int LongestPiece = 512;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<SentencePiecePiece> _pieces = [];

    private SentencePieceModel()
    {
    }

    /// <summary>The pieces; the index is the token id.</summary>
    public IReadOnlyList<SentencePiecePiece> Pieces => _pieces;

    /// <summary>How text is split; the file format's default is unigram.</summary>
    public SentencePieceAlgorithm Algorithm { get; private set; } = SentencePieceAlgorithm.Unigram;

    /// <summary>Whether a character outside the vocabulary is its bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Whether a space that begins a word is written at the end of the word before it.</summary>
    public bool SpaceAsSuffix { get; private set; }

    /// <summary>The table by which text is normalised (NFKC and the like), or empty.</summary>
    public ByteString CharacterMap { get; private set; } = ByteString.Empty;

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Whether spaces at both ends are taken off, and several in a row are one.</summary>
    public bool RemoveExtraSpaces { get; private set; } = true;

    /// <summary>Whether a space is written as U+2581.</summary>
    public bool EscapeSpaces { get; private set; } = true;

    /// <summary>Reads a model.</summary>
    /// <param name="file">The name that errors give.</param>
    /// <param name="content">The whole file.</param>
    /// <exception cref="CheckpointException">It is not a SentencePiece model, or is cut off.</exception>
    public static SentencePieceModel Parse(string file, byte[] content)
    {
        var model = new SentencePieceModel();
        try
        {
            var input = new CodedInputStream(content);
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                switch (tag)
                {
                    case FieldTags.Pieces: model._pieces.Add(ReadPiece(input.ReadBytes())); break;
                    case FieldTags.Trainer: model.ReadTrainer(input.ReadBytes()); break;
                    case FieldTags.Normalizer: model.ReadNormalizer(input.ReadBytes()); break;
                    default: input.SkipLastField(); break;
                }
            }
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or DecoderFallbackException or InvalidDataException)
        {
            throw new CheckpointException(file, $"piece {model._pieces.Count}", $"not a SentencePiece model: {e.Message}", e);
        }

        if (model._pieces.Count == 0)
            throw new CheckpointException(file, null, "not a SentencePiece model: it holds no pieces.");
        return model;
    }

    private static SentencePiecePiece ReadPiece(ByteString bytes)
    {
        string text = "";
        float score = 0;
        var kind = SentencePieceKind.Normal;
        CodedInputStream input = bytes.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            switch (tag)
            {
                case FieldTags.Text: text = Utf8.GetString(input.ReadBytes().Span); break;
                case FieldTags.Score: score = input.ReadFloat(); break;
                case FieldTags.Kind: kind = (SentencePieceKind)input.ReadEnum(); break;
                default: input.SkipLastField(); break;
            }
        }

        return text.Length <= LongestPiece
            ? new(text, score, kind)
            : throw new InvalidDataException($"it has {text.Length} characters; no piece has more than {LongestPiece}.");
    }

    private void ReadTrainer(ByteString bytes)
    {
        CodedInputStream input = bytes.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            switch (tag)
            {
                case FieldTags.Algorithm: Algorithm = (SentencePieceAlgorithm)input.ReadEnum(); break;
                case FieldTags.ByteFallback: ByteFallback = input.ReadBool(); break;
                case FieldTags.SpaceAsSuffix: SpaceAsSuffix = input.ReadBool(); break;
                default: input.SkipLastField(); break;
            }
        }
    }

    private void ReadNormalizer(ByteString bytes)
    {
        CodedInputStream input = bytes.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            switch (tag)
            {
                case FieldTags.CharacterMap: CharacterMap = input.ReadBytes(); break;
                case FieldTags.AddDummyPrefix: AddDummyPrefix = input.ReadBool(); break;
                case FieldTags.RemoveExtraSpaces: RemoveExtraSpaces = input.ReadBool(); break;
                case FieldTags.EscapeSpaces: EscapeSpaces = input.ReadBool(); break;
                default: input.SkipLastField(); break;
            }
        }
    }

    /// <summary>Field number times 8, plus 2 for a length and bytes, 5 for 32 bits, 0 for a varint.</summary>
    private static class FieldTags
    {
        public const uint Pieces = (1 << 3) | 2, Trainer = (2 << 3) | 2, Normalizer = (3 << 3) | 2;
        public const uint Text = (1 << 3) | 2, Score = (2 << 3) | 5, Kind = 3 << 3;
        public const uint Algorithm = 3 << 3, SpaceAsSuffix = 24 << 3, ByteFallback = 35 << 3;
        public const uint CharacterMap = (2 << 3) | 2, AddDummyPrefix = 3 << 3, RemoveExtraSpaces = 4 << 3, EscapeSpaces = 5 << 3;
    }
}

/// <summary>A piece of a SentencePiece model; its id is its place in the list.</summary>
internal readonly record struct SentencePiecePiece(string Text, float Score, SentencePieceKind Kind);

/// <summary>What a piece is: the values of <c>ModelProto.SentencePiece.Type</c> in sentencepiece_model.proto.</summary>
internal enum SentencePieceKind
{
    /// <summary>Learned text.</summary>
    Normal = 1,

    /// <summary>The piece for text that no other covers.</summary>
    Unknown = 2,

    /// <summary>A mark that is never found in text, such as the beginning of a sentence.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>In the list and never used.</summary>
    Unused = 5,

    /// <summary>One byte, written <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>How a model splits text: the values of <c>TrainerSpec.ModelType</c> in sentencepiece_model.proto.</summary>
internal enum SentencePieceAlgorithm
{
    /// <summary>The most likely split under a unigram language model.</summary>
    Unigram = 1,

    /// <summary>Byte-pair encoding.</summary>
    Bpe = 2,

    /// <summary>Whole words.</summary>
    Word = 3,

    /// <summary>Single characters.</summary>
    Char = 4,
}
