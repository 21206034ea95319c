namespace OVPipeline.Checkpoints;

/// <summary>
/// A <c>tokenizer.json</c> as display strings and a tokenizer: byte-pair encoding, byte-level or over characters with or without byte
/// fallback, unigram, WordPiece and WordLevel. Where a model, normalizer or pre-tokenizer is of a kind not known here, or a setting of
/// one is wrong, it gives the display strings alone and says why.
/// </summary>
internal static class TokenizerJsonFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="CheckpointException">It is no tokenizer.json, or its tokens cannot be read; the message says where.</exception>
    public static TokenizerFile Read(string file, byte[] content)
    {
        JsonField root = JsonFile.Parse(file, content, repeats: true);
        JsonField model = root.Get("model");
        Dictionary<string, int> vocabulary = ReadVocabulary(model.Get("vocab"));
        TokenTexts texts = MakeTexts(root, model);
        foreach ((string token, int id) in vocabulary)
            texts.Set(id, token, added: false);
        List<AddedToken> added = [.. (root.Find("added_tokens")?.Items() ?? []).Select(token => ReadAdded(token))
            // The vocabulary's id goes before the one in the list, as in the reference.
            .Select(token => vocabulary.TryGetValue(token.Content, out int id) ? token with { Id = id } : token)];
        foreach (AddedToken token in added)
            texts.Set(token.Id, token.Content, added: true);
        return TokenizerFile.Of(texts.ToTable(), () => MakeTokenizer(root, model, vocabulary, added, texts));
    }

    /// <summary>One element of the member <c>added_tokens</c>.</summary>
    public static AddedToken ReadAdded(JsonField field) => ReadAdded(field, field.Get("id").Index());

    /// <summary>An added token whose id is told elsewhere.</summary>
    public static AddedToken ReadAdded(JsonField field, int id) => new(
        id,
        field.Get("content").Text(),
        field.Flag("normalized", !field.Flag("special", false)),
        field.Flag("single_word", false),
        field.Flag("lstrip", false),
        field.Flag("rstrip", false));

    private static Dictionary<string, int> ReadVocabulary(JsonField field)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        if (field.Value.ValueKind == System.Text.Json.JsonValueKind.Array)
        {
            int id = 0;
            foreach (JsonField entry in field.Items())
                vocabulary.TryAdd(UnigramFile.ReadPiece(entry).Text, id++);
        }
        else
        {
            foreach ((string token, JsonField id) in field.Members())
                vocabulary[token] = id.Index();
        }

        return vocabulary.Count > 0 ? vocabulary : throw field.Wrong("holds no tokens");
    }

    private static PipelineTokenizer MakeTokenizer(
        JsonField root, JsonField model, Dictionary<string, int> vocabulary, List<AddedToken> added, TokenTexts texts)
    {
        string type = model.Find("type")?.Text() ?? Untyped(model);
        ITokenModel tokens = type switch
        {
            "BPE" => BpeFile.Read(model, vocabulary),
            "Unigram" => UnigramFile.Read(model, vocabulary),
            "WordPiece" => new WordPieceModel(vocabulary, Unknown(model, vocabulary, "[UNK]"), Continuation(model), LongestWord(model)),
            "WordLevel" => new WordLevelModel(vocabulary, Unknown(model, vocabulary, "<unk>")),
            _ => throw model.Wrong($"is of type '{type}', which is not known here"),
        };
        return PipelineTokenizer.Of(added, root.Find("normalizer"), root.Find("pre_tokenizer"), tokens, texts, root.File);
    }

    // Older files do not say the type; the reference then takes the first that has all it needs.
    private static string Untyped(JsonField model)
    {
        if (model.Find("merges") is not null)
            return "BPE";
        if (model.Find("max_input_chars_per_word") is not null)
            return "WordPiece";
        return model.Get("vocab").Value.ValueKind == System.Text.Json.JsonValueKind.Array ? "Unigram" : "WordLevel";
    }

    private static int Unknown(JsonField model, Dictionary<string, int> vocabulary, string otherwise)
    {
        string token = model.Find("unk_token")?.Text() ?? otherwise;
        return vocabulary.TryGetValue(token, out int id)
            ? id
            : throw model.Wrong($"has '{token}' for what it does not know, which is not in the vocabulary");
    }

    private static string Continuation(JsonField model) => model.Find("continuing_subword_prefix")?.Text() ?? "##";

    // Without these members the reference's own defaults hold: "##" and 100.
    private static int LongestWord(JsonField model) => model.Find("max_input_chars_per_word")?.Index() ?? 100;

    // How tokens are written follows from the steps that write and read them.
    private static TokenTexts MakeTexts(JsonField root, JsonField model)
    {
        HashSet<string> kinds = [.. Steps(root.Find("normalizer")), .. Steps(root.Find("pre_tokenizer")), .. Steps(root.Find("decoder"))];
        bool words = model.TextOrEmpty("type") == "WordPiece";
        bool spaceSigns = kinds.Overlaps(["Metaspace", "Prepend", "Replace"]);
        return new TokenTexts
        {
            ByteLevel = kinds.Contains("ByteLevel"),
            SpaceSigns = spaceSigns,
            ByteFallback = model.Flag("byte_fallback", false),
            PrefixSpace = spaceSigns && TakesPrefixOff(root.Find("decoder")),
            Continuation = words ? Continuation(model) : null,
            TidyWords = words && Inner(root.Find("decoder")).Any(step => step.Flag("cleanup", true)),
            EndOfWord = model.TextOrEmpty("end_of_word_suffix"),
        };
    }

    private static bool TakesPrefixOff(JsonField? field) => field is { } step && step.TextOrEmpty("type") switch
    {
        "Strip" => true,
        "Metaspace" => PreTokenizers.Prefix(step) != "never",
        "Sequence" => step.Get("decoders").Items().Any(inner => TakesPrefixOff(inner)),
        _ => false,
    };

    private static IEnumerable<string> Steps(JsonField? field) => Inner(field).Select(step => step.TextOrEmpty("type"));

    private static IEnumerable<JsonField> Inner(JsonField? field)
    {
        if (field is not { } step)
            return [];
        JsonField? inner = step.Find("normalizers") ?? step.Find("pretokenizers") ?? step.Find("decoders");
        return inner is { } steps ? steps.Items().SelectMany(s => Inner(s)) : [step];
    }
}
