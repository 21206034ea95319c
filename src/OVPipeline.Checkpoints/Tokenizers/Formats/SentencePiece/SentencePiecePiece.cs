namespace OVPipeline.Checkpoints;

/// <summary>A piece of a SentencePiece model; its id is its place in the list.</summary>
internal readonly record struct SentencePiecePiece(string Text, float Score, SentencePieceKind Kind);
