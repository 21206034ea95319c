namespace OVPipeline.Checkpoints;

/// <summary>A token for each word, and one for all words without.</summary>
internal sealed class WordLevelModel(Dictionary<string, int> vocabulary, int unknown) : ITokenModel
{
    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids) => ids.Add(vocabulary.GetValueOrDefault(piece, unknown));
}
