using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GPT-2's two files, <c>vocab.json</c> and <c>merges.txt</c>: byte-level byte-pair encoding over GPT-2's words. Added tokens are those of
/// <c>added_tokens.json</c> and <c>tokenizer_config.json</c> beside them, and <c>&lt;|endoftext|&gt;</c>.
/// </summary>
internal static class VocabularyAndMergesFiles
{
    private const string EndOfText = "<|endoftext|>";

    /// <summary>Reads the files; without merges there is no tokenizer.</summary>
    /// <exception cref="CheckpointException">One is not well formed.</exception>
    public static (TokenTable Tokens, Tokenizer? Tokenizer) Read(string vocabularyFile, byte[] content, string mergesFile, byte[]? merges, AddedTokenFiles others)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, JsonField id) in JsonField.Parse(vocabularyFile, content).Members())
            vocabulary[token] = id.Index();
        if (vocabulary.Count == 0)
            throw new CheckpointException(vocabularyFile, null, "holds no tokens.");

        var texts = new TokenTexts { ByteLevel = true };
        foreach ((string token, int id) in vocabulary)
            texts.Set(id, token, added: false);
        List<AddedToken> added = [.. others.Tokens];
        if (vocabulary.TryGetValue(EndOfText, out int end) && added.TrueForAll(t => t.Content != EndOfText))
            added.Add(new(end, EndOfText));
        foreach (AddedToken token in added)
            texts.Set(token.Id, token.Content, added: true);

        if (merges is null)
            return (texts.ToTable(), null);
        SplitStep[] splits = [.. PreTokenizers.ByteLevel(others.AddPrefixSpace, splitWords: true)];
        return (texts.ToTable(), new PipelineTokenizer(added, [], splits, ReadMerges(mergesFile, merges, vocabulary), texts));
    }

    private static BpeModel ReadMerges(string file, byte[] content, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        using var reader = new StreamReader(new MemoryStream(content));
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            if (!BpeFile.TryAdd(merges, vocabulary, line.Split(' ')))
                throw new CheckpointException(file, $"line {number}", "is not a merge of two tokens into a third.");
        }

        return new BpeModel(vocabulary, merges);
    }
}
