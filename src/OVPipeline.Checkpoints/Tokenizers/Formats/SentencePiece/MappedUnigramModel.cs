using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A unigram model that normalises text by a table of its own, by Microsoft.ML.Tokenizers. Unknown characters in a row are one token, as
/// SentencePiece has it.
/// </summary>
internal sealed class MappedUnigramModel : ITokenModel
{
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly int _unknown;

    /// <summary>A model from a file's content.</summary>
    /// <exception cref="CheckpointException">Microsoft.ML.Tokenizers does not accept it.</exception>
    public MappedUnigramModel(string file, byte[] content, int unknown)
    {
        _unknown = unknown;
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            _tokenizer = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new CheckpointException(file, null, $"the SentencePiece model cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        int before = -1;
        foreach (int id in _tokenizer.EncodeToIds(piece))
        {
            if (id != _unknown || before != _unknown)
                ids.Add(id);
            before = id;
        }
    }
}
