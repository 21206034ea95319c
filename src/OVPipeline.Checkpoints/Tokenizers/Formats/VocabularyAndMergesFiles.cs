using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// <c>vocab.json</c> and <c>merges.txt</c>: byte-pair encoding. Which words it goes over is said by the tokenizer's class in the files
/// beside them; where nothing says it there is no tokenizer, for GPT-2, Qwen 2, RoBERTa and CLIP have files of these names alike.
/// </summary>
internal static class VocabularyAndMergesFiles
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="CheckpointException">The vocabulary is not well formed.</exception>
    public static TokenizerFile Read(string file, byte[] content, TokenizerSettings settings)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, JsonField id) in JsonFile.Parse(file, content, repeats: true).Members())
            vocabulary[token] = id.Index();
        if (vocabulary.Count == 0)
            throw new CheckpointException(file, null, "holds no tokens.");
        TokenizerFamily? family = null;
        string? reason = null;
        try
        {
            family = TokenizerFamily.Find(settings, file);
        }
        catch (CheckpointException e)
        {
            reason = e.Message;
        }

        bool endWords = vocabulary.Keys.Any(token => token.Length > "</w>".Length && token.EndsWith("</w>", StringComparison.Ordinal));
        string endOfWord = endWords ? "</w>" : "";
        var texts = new TokenTexts { ByteLevel = family?.ByteLevel ?? endOfWord.Length == 0, EndOfWord = endOfWord };
        foreach ((string token, int id) in vocabulary)
            texts.Set(id, token, added: false);
        List<AddedToken> added = family is null ? [.. settings.Listed] : settings.Added(vocabulary, family.Tokens, family.MaskTakesSpace);
        foreach (AddedToken token in added)
            texts.Set(token.Id, token.Content, added: true);
        return TokenizerFile.Of(texts.ToTable(), () =>
        {
            if (reason is not null)
                throw new CheckpointException(file, null, reason[$"{file}: ".Length..]);
            return Make(file, settings, family, endOfWord, vocabulary, added, texts);
        });
    }

    private static PipelineTokenizer Make(string file, TokenizerSettings settings, TokenizerFamily? family, string endOfWord,
        Dictionary<string, int> vocabulary, List<AddedToken> added, TokenTexts texts)
    {
        if (family is null)
        {
            throw new CheckpointException(file, null,
                "does not say how text is cut into words: neither tokenizer_config.json nor config.json "
                + "names the tokenizer's class or the model's type.");
        }

        if (family.IsWordPiece)
            throw new CheckpointException(file, null, "is of a class that has its tokens in vocab.txt.");
        if (family.EndOfWord != endOfWord)
        {
            throw new CheckpointException(file, null, endOfWord.Length > 0
                ? $"has tokens that end in {endOfWord}, which the class that is named does not."
                : $"has no tokens that end in {family.EndOfWord}, as the class that is named does.");
        }

        if (TokenizerFolder.Read(settings.Folder, "merges.txt") is not (string mergesFile, byte[] merges))
            throw new CheckpointException(file, null, "has no merges.txt beside it.");
        bool prefix = settings.Flag("add_prefix_space") ?? family.PrefixSpace;
        string splits = family.Splits.Replace("PREFIX", prefix ? "true" : "false", StringComparison.Ordinal);
        string? unknown = family.HasUnknown ? settings.Text("unk_token", family.Tokens["unk_token"]) : null;
        var model = new BpeModel(vocabulary, ReadMerges(mergesFile, merges, vocabulary, family.ByteLevel))
        {
            Unknown = unknown is not null && vocabulary.TryGetValue(unknown, out int id) ? id : null,
            EndOfWord = endOfWord,
        };
        if (unknown is not null && model.Unknown is null)
            throw new CheckpointException(file, null, $"has no token '{unknown}' for what it does not know.");
        return PipelineTokenizer.Of(added, Steps(family.Normalizer), Steps(splits), model, texts, file);

        JsonField? Steps(string? json) => json is null ? null : JsonFile.Parse(file, Encoding.UTF8.GetBytes(json));
    }

    private static Dictionary<(int, int), (int, int)> ReadMerges(
        string file, byte[] content, Dictionary<string, int> vocabulary, bool byteLevel)
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        using var reader = new StreamReader(new MemoryStream(content));
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            if (!BpeFile.TryAdd(merges, vocabulary, line.Split(' '), 0))
                throw new CheckpointException(file, $"line {number}", "is not a merge of two tokens into a third.");
            if (byteLevel && ByteAlphabet.Decode(line.Replace(" ", "", StringComparison.Ordinal)) is null)
                throw new CheckpointException(file, $"line {number}", "is not in the byte alphabet that the tokenizer's class uses.");
        }

        return merges;
    }
}
