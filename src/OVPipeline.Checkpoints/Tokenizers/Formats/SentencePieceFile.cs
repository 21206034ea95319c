namespace OVPipeline.Checkpoints;

/// <summary>
/// A SentencePiece <c>.model</c> file as display strings and a tokenizer. Byte-pair and unigram models encode as SentencePiece does,
/// ties and symbols of the user's included; unigram models that normalise by a table are left to Microsoft.ML.Tokenizers.
/// </summary>
internal static class SentencePieceFile
{
    private const string SpaceSign = "\u2581";

    // Classes whose ids are the pieces' own. Others shift them or change the text first.
    private static readonly string[] s_classes = ["LlamaTokenizer", "GemmaTokenizer", "T5Tokenizer"];
    private static readonly string[] s_otherModels =
    [
        "albert", "barthez", "big_bird", "bigbird_pegasus", "camembert", "code_llama", "deberta-v2", "ernie_m", "fnet", "m2m_100", "marian",
        "mbart", "nllb-moe", "pegasus", "plbart", "reformer", "rembert", "seamless_m4t", "speech_to_text", "udop", "xglm", "xlm-roberta",
        "xlm-roberta-xl", "xlnet",
    ];

    private static readonly Dictionary<string, string> s_llamaTokens = new()
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
    };

    private static readonly Dictionary<string, string> s_otherTokens = new()
    {
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
    };

    /// <summary>
    /// Reads the file. No piece counts as added. There is no tokenizer for models of words or characters, for byte-pair models that
    /// normalise by a table, for spaces at the ends of words, for unused pieces, for byte fallback that lacks a byte, and for classes that
    /// make other ids of the pieces.
    /// </summary>
    /// <param name="file">Its name.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="settings">What lies beside it; null where it is asked for by itself.</param>
    /// <param name="found">The tokens that are found in text before anything else, where something else tells them.</param>
    /// <exception cref="CheckpointException">It is not a SentencePiece model.</exception>
    public static TokenizerFile Read(
        string file, byte[] content, TokenizerSettings? settings = null, IReadOnlyList<AddedToken>? found = null)
    {
        if (TiktokenFile.TryRead(content) is { } tokens)
        {
            return new(tokens, null, new CheckpointException(file, null,
                "is tiktoken's list of tokens, which does not say how text is cut into words, nor which tokens are marks.").Message);
        }

        SentencePieceModel model = SentencePieceModel.Parse(file, content);
        var texts = new TokenTexts { ByteFallback = true, SpaceSigns = true, PrefixSpace = model.AddDummyPrefix };
        for (int id = 0; id < model.Pieces.Count; id++)
            texts.Set(id, model.Pieces[id].Text, added: false);
        foreach (AddedToken token in found ?? settings?.Listed ?? [])
            texts.Set(token.Id, token.Content, added: true);
        return TokenizerFile.Of(texts.ToTable(), () => Create(file, content, model, texts, settings, found));
    }

    private static PipelineTokenizer Create(
        string file, byte[] content, SentencePieceModel model, TokenTexts texts, TokenizerSettings? settings,
        IReadOnlyList<AddedToken>? found)
    {
        List<(int Id, SentencePiecePiece Piece)> pieces = [.. model.Pieces.Select((piece, id) => (id, piece))];
        int unknown = pieces.FindIndex(p => p.Piece.Kind == SentencePieceKind.Unknown);
        CheckClass(file, model, settings);
        if (Lacks(model, pieces, unknown) is { } reason)
            throw new CheckpointException(file, null, reason + ".");
        List<AddedToken> added = found is null ? Added(pieces, settings) : [.. found];
        foreach (AddedToken token in added)
            texts.Set(token.Id, token.Content, added: true);
        return (model.Algorithm, model.CharacterMap.IsEmpty) switch
        {
            (SentencePieceAlgorithm.Bpe, _) =>
                new PipelineTokenizer([.. added, .. Symbols(pieces)], Normalizers(model), [], MakeBpe(model, pieces, unknown), texts, file),
            (_, true) => new PipelineTokenizer(added, Normalizers(model), [], MakeUnigram(model, pieces, unknown), texts, file),
            _ => new PipelineTokenizer(added, [], [], new MappedUnigramModel(file, content, unknown), texts, file),
        };
    }

    private static void CheckClass(string file, SentencePieceModel model, TokenizerSettings? settings)
    {
        if (settings?.Class is { } name && Array.IndexOf(s_classes, name) < 0)
            throw new CheckpointException(file, null, $"is of the tokenizer class '{name}', which may make other ids of its pieces.");
        if (settings is { Class: null, ModelType: { } type } && Array.IndexOf(s_otherModels, type) >= 0)
            throw new CheckpointException(file, null, $"is of a '{type}' model, whose tokenizer makes other ids of its pieces.");
        if (settings?.Flag("add_prefix_space") is { } prefix && prefix != model.AddDummyPrefix && settings.Class is not null)
            throw settings.Wrong($"has add_prefix_space {prefix}, which the SentencePiece model does not");
        if (settings?.Flag("legacy") == false && settings.Class is not null && model.AddDummyPrefix)
            throw settings.Wrong("has legacy false: what follows an added token is cut in a way that is not known here");
    }

    private static string? Lacks(SentencePieceModel model, List<(int Id, SentencePiecePiece Piece)> pieces, int unknown)
    {
        if (model.Algorithm is not (SentencePieceAlgorithm.Bpe or SentencePieceAlgorithm.Unigram))
            return $"is a SentencePiece model of kind {model.Algorithm}, which is not known here: byte pairs and unigrams are";
        if (unknown < 0)
            return "has no piece for what it does not know";
        if (model.SpaceAsSuffix)
            return "puts spaces at the ends of words, which is not known here";
        if (pieces.Exists(p => p.Piece.Kind == SentencePieceKind.Unused))
            return "has unused pieces, which are not known here";
        if (model.ByteFallback && !new ByteTokens(Named(pieces.Where(p => p.Piece.Kind == SentencePieceKind.Byte))).AreComplete)
            return "has byte fallback without a piece for every byte";
        bool hasSymbols = pieces.Exists(p => p.Piece.Kind == SentencePieceKind.UserDefined);
        bool isMapped = !model.CharacterMap.IsEmpty && (hasSymbols || model.Algorithm == SentencePieceAlgorithm.Bpe);
        return isMapped ? "normalises text by a table, which is not known here for byte pairs or with symbols of the user's" : null;
    }

    // SentencePiece itself never finds its marks in text; Hugging Face's classes do.
    private static List<AddedToken> Added(List<(int Id, SentencePiecePiece Piece)> pieces, TokenizerSettings? settings)
    {
        if (settings is null || (settings.Class is null && settings.Listed.Count == 0))
            return [];
        Dictionary<string, int> ids = Named(pieces);
        return [.. settings.Added(ids, settings.Class == "T5Tokenizer" ? s_otherTokens : s_llamaTokens, maskTakesSpace: false)];
    }

    private static IEnumerable<AddedToken> Symbols(List<(int Id, SentencePiecePiece Piece)> pieces) => pieces
        .Where(p => p.Piece.Kind == SentencePieceKind.UserDefined)
        .Select(p => new AddedToken(p.Id, p.Piece.Text, Normalized: true));

    private static IReadOnlyList<NormalizerStep> Normalizers(SentencePieceModel model)
    {
        var steps = new List<Func<string, string>>();
        if (model.RemoveExtraSpaces)
            steps.Add(static text => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        if (model.AddDummyPrefix)
            steps.Add(static text => text.Length == 0 ? text : " " + text);
        if (model.EscapeSpaces)
            steps.Add(static text => text.Replace(" ", SpaceSign, StringComparison.Ordinal));
        return [.. steps.Select(TextNormalizers.Plain)];
    }

    // Any two neighbours merge that are a piece together; the best score goes first, equal scores from the left.
    private static BpeModel MakeBpe(SentencePieceModel model, List<(int Id, SentencePiecePiece Piece)> pieces, int unknown)
    {
        Dictionary<string, int> vocabulary = Found(pieces);
        var merges = new Dictionary<(int, int), (int, int)>();
        var lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        int rank = -1;
        float before = float.NaN;
        var byScore = pieces.Where(p => p.Piece.Kind == SentencePieceKind.Normal).OrderByDescending(p => p.Piece.Score);
        foreach ((int id, SentencePiecePiece piece) in byScore)
        {
            rank += piece.Score.Equals(before) ? 0 : 1;
            before = piece.Score;
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (lookup.TryGetValue(piece.Text.AsSpan(0, cut), out int left)
                    && lookup.TryGetValue(piece.Text.AsSpan(cut), out int right))
                    merges.TryAdd((left, right), (rank, id));
            }
        }

        foreach ((int id, SentencePiecePiece piece) in pieces.Where(p => p.Piece.Kind == SentencePieceKind.Byte))
            vocabulary[piece.Text] = id;
        return new BpeModel(vocabulary, merges) { Unknown = unknown, FuseUnknown = true, ByteFallback = model.ByteFallback };
    }

    private static UnigramModel MakeUnigram(SentencePieceModel model, List<(int Id, SentencePiecePiece Piece)> pieces, int unknown)
    {
        float best = pieces.Where(p => p.Piece.Kind == SentencePieceKind.Normal).Select(p => p.Piece.Score).DefaultIfEmpty(0).Max();
        var scores = new Dictionary<string, (int, double)>(StringComparer.Ordinal);
        foreach ((string text, int id) in Found(pieces))
        {
            // Symbols of the user's go before anything else, as in unigram_model.cc.
            double score = pieces[id].Piece.Kind == SentencePieceKind.UserDefined
                ? (text.EnumerateRunes().Count() * (double)best) - 0.1
                : pieces[id].Piece.Score;
            scores[text] = (id, score);
        }

        Dictionary<string, int> bytes = Named(pieces.Where(p => p.Piece.Kind == SentencePieceKind.Byte));
        return new UnigramModel(scores, unknown, model.ByteFallback ? new ByteTokens(bytes) : null);
    }

    /// <summary>The pieces that are found in text.</summary>
    private static Dictionary<string, int> Found(List<(int Id, SentencePiecePiece Piece)> pieces) =>
        Named(pieces.Where(p => p.Piece.Kind is SentencePieceKind.Normal or SentencePieceKind.UserDefined));

    private static Dictionary<string, int> Named(IEnumerable<(int Id, SentencePiecePiece Piece)> pieces)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int id, SentencePiecePiece piece) in pieces)
            ids.TryAdd(piece.Text, id);
        return ids;
    }
}
