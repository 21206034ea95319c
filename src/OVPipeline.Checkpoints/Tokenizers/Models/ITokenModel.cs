namespace OVPipeline.Checkpoints;

/// <summary>Splits a piece of text, as the pre-tokenizers left it, into tokens.</summary>
internal interface ITokenModel
{
    /// <summary>Appends the tokens' ids, in order.</summary>
    void Encode(string piece, List<int> ids);
}

/// <summary>A token for each word, and one for all words without.</summary>
internal sealed class WordLevelModel(Dictionary<string, int> vocabulary, int unknown) : ITokenModel
{
    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids) => ids.Add(vocabulary.GetValueOrDefault(piece, unknown));
}
