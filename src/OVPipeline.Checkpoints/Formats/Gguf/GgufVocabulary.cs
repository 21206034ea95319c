namespace OVPipeline.Checkpoints;

/// <summary>The tokens of a GGUF file's tokenizer, with their kinds and scores, and which of them are found in text as they are.</summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";
    private readonly GgufMetadata _metadata;
    private readonly SentencePieceKind[] _kinds;

    /// <param name="file">The file, for errors.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="rows">Rows of W_E, which are the most tokens that are read.</param>
    /// <exception cref="CheckpointException">The lists of tokens, kinds and scores are not sound.</exception>
    public GgufVocabulary(string file, GgufMetadata metadata, int rows)
    {
        File = file;
        _metadata = metadata;
        CheckCount("tokens", rows);
        Tokens = metadata.Texts(Key("tokens")) ?? throw metadata.Wrong(Key("tokens"), "is missing");
        _kinds = [.. (Numbers("token_type") ?? []).Select(kind => (SentencePieceKind)(int)Math.Clamp(kind, 0, 100))];
        Scores = Numbers("scores");
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The tokens by id, as the file writes them.</summary>
    public string[] Tokens { get; }

    /// <summary>Their scores; null where the file has none.</summary>
    public double[]? Scores { get; }

    /// <summary>What a token is.</summary>
    public SentencePieceKind KindOf(int id) => _kinds.Length > 0 ? _kinds[id] : SentencePieceKind.Normal;

    /// <summary>Whether a token is of the trained vocabulary, and not a mark, a symbol of its own or padding.</summary>
    public bool IsLearned(int id) => KindOf(id) is SentencePieceKind.Normal or SentencePieceKind.Byte or 0;

    /// <summary>
    /// Tokens that are found in text before anything else. Those with U+2581 are left to the model, which alone sees text written so.
    /// </summary>
    public List<AddedToken> Added()
    {
        // Phi-3's take white space after them along; the file does not say so, nor do its kin: llama.cpp goes by the name too.
        string name = (_metadata.Text("general.name") ?? "").ToUpperInvariant();
        bool strips = name.Contains("PHI-3", StringComparison.Ordinal) || name.Contains("PHI3", StringComparison.Ordinal);
        return [.. Enumerable.Range(0, Tokens.Length)
            .Where(id => KindOf(id) is SentencePieceKind.Control or SentencePieceKind.UserDefined or SentencePieceKind.Unknown)
            .Where(id => !Tokens[id].Contains('\u2581', StringComparison.Ordinal))
            .Select(id => new AddedToken(id, Tokens[id], RightStrip: strips && Tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>")))];
    }

    /// <summary>Token to id: those that models find in words.</summary>
    public Dictionary<string, int> Learned()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < Tokens.Length; id++)
            if (IsLearned(id))
                ids.TryAdd(Tokens[id], id);
        return ids;
    }

    /// <summary>Sets every token's text.</summary>
    public TokenTexts Fill(TokenTexts texts, Func<int, string>? textOf = null)
    {
        for (int id = 0; id < Tokens.Length; id++)
            texts.Set(id, IsLearned(id) && textOf is not null ? textOf(id) : Tokens[id], added: !IsLearned(id));
        return texts;
    }

    /// <summary>A text of the tokenizer's metadata.</summary>
    public string? Text(string key) => _metadata.Text(Key(key));

    /// <summary>A flag of the tokenizer's metadata.</summary>
    public bool? Flag(string key) => _metadata.Flag(Key(key));

    /// <summary>Texts of the tokenizer's metadata.</summary>
    public string[]? Texts(string key) => _metadata.Texts(Key(key));

    /// <summary>Bytes of the tokenizer's metadata.</summary>
    public byte[]? Bytes(string key) => _metadata.Bytes(Key(key));

    /// <summary>A token's id by its role; null where the file does not say it, or says one that there is not.</summary>
    public int? Id(string role) =>
        _metadata.Integer(Key($"{role}_token_id")) is { } id and >= 0 && id < Tokens.Length ? (int)id : null;

    /// <summary>An error about the tokenizer's metadata.</summary>
    public CheckpointException Wrong(string key, string reason) => _metadata.Wrong(Key(key), reason);

    private static string Key(string key) => Prefix + key;

    private void CheckCount(string key, int rows)
    {
        if (_metadata.Values.TryGetValue(Key(key), out var value) && value.Count > rows)
            throw Wrong(key, $"does not fit the weights: there are {value.Count} tokens and {rows} rows of W_E");
    }

    private double[]? Numbers(string key)
    {
        double[]? numbers = _metadata.Values.TryGetValue(Key(key), out var value) && value.Count != Tokens.Length
            ? throw Wrong(key, $"has {value.Count} entries for {Tokens.Length} tokens")
            : _metadata.Numbers(Key(key));
        return numbers is not null && Array.Exists(numbers, number => !double.IsFinite(number))
            ? throw Wrong(key, "has a number that is not finite")
            : numbers;
    }
}
