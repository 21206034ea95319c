namespace OVPipeline.Checkpoints;

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
