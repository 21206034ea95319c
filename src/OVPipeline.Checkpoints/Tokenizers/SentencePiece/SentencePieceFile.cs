using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>A SentencePiece <c>.model</c> file as display strings and, where Microsoft.ML.Tokenizers can encode with it, a tokenizer.</summary>
internal static class SentencePieceFile
{
    private const string SpaceSign = "\u2581";

    /// <summary>Reads the file's pieces into a table; pieces that the trainer did not learn from text do not count as added.</summary>
    /// <exception cref="CheckpointException">It is not a SentencePiece model.</exception>
    public static (TokenTable Tokens, Tokenizer? Tokenizer) Read(string file, byte[] content)
    {
        SentencePieceModel model = SentencePieceModel.Parse(file, content);
        var tokens = new TokenTable();
        for (int id = 0; id < model.Pieces.Count; id++)
            tokens.Set(id, TokenDisplay.OfText(model.Pieces[id].Text.Replace(SpaceSign, " ", StringComparison.Ordinal)), added: false);
        return (tokens, Create(file, content, model));
    }

    private static SentencePieceTokenizer? Create(string file, byte[] content, SentencePieceModel model)
    {
        // Microsoft.ML.Tokenizers normalises by the model's table for unigram models only, and knows no others than these two.
        if (model.Algorithm is not (SentencePieceAlgorithm.Bpe or SentencePieceAlgorithm.Unigram)
            || (model.Algorithm == SentencePieceAlgorithm.Bpe && model.HasCharacterMap))
            return null;
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new CheckpointException(file, null, $"the SentencePiece model cannot be used: {e.Message}", e);
        }
    }
}
