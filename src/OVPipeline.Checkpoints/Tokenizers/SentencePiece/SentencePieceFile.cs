using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A SentencePiece <c>.model</c> file as display strings and a tokenizer. Byte-pair and unigram models encode as SentencePiece does, ties and
/// symbols of the user's included; unigram models that normalise by a table are left to Microsoft.ML.Tokenizers.
/// </summary>
internal static class SentencePieceFile
{
    private const string SpaceSign = "\u2581";

    /// <summary>
    /// Reads the file. No piece counts as added. There is no tokenizer for models of words or characters, for byte-pair models that
    /// normalise by a table, for spaces at the ends of words and for unused pieces.
    /// </summary>
    /// <exception cref="CheckpointException">It is not a SentencePiece model.</exception>
    public static (TokenTable Tokens, Tokenizer? Tokenizer) Read(string file, byte[] content)
    {
        SentencePieceModel model = SentencePieceModel.Parse(file, content);
        var texts = new TokenTexts { ByteFallback = true, SpaceSigns = true, PrefixSpace = model.AddDummyPrefix };
        for (int id = 0; id < model.Pieces.Count; id++)
            texts.Set(id, model.Pieces[id].Text, added: false);
        return (texts.ToTable(), Create(file, content, model, texts));
    }

    private static PipelineTokenizer? Create(string file, byte[] content, SentencePieceModel model, TokenTexts texts)
    {
        List<(int Id, SentencePiecePiece Piece)> pieces = [.. model.Pieces.Select((piece, id) => (id, piece))];
        bool hasSymbols = pieces.Exists(p => p.Piece.Kind == SentencePieceKind.UserDefined);
        int unknown = pieces.FindIndex(p => p.Piece.Kind == SentencePieceKind.Unknown);
        if (unknown < 0 || model.SpaceAsSuffix || pieces.Exists(p => p.Piece.Kind == SentencePieceKind.Unused)
            || (hasSymbols && !model.CharacterMap.IsEmpty))
            return null;
        return model.Algorithm switch
        {
            SentencePieceAlgorithm.Bpe when model.CharacterMap.IsEmpty =>
                new PipelineTokenizer([.. Symbols(pieces)], Normalizers(model), [], MakeBpe(model, pieces, unknown), texts),
            SentencePieceAlgorithm.Unigram when model.CharacterMap.IsEmpty =>
                new PipelineTokenizer([], Normalizers(model), [], MakeUnigram(model, pieces, unknown), texts),
            SentencePieceAlgorithm.Unigram => new PipelineTokenizer([], [], [], new MappedUnigramModel(file, content, unknown), texts),
            _ => null,
        };
    }

    private static IEnumerable<AddedToken> Symbols(List<(int Id, SentencePiecePiece Piece)> pieces) => pieces
        .Where(p => p.Piece.Kind == SentencePieceKind.UserDefined)
        .Select(p => new AddedToken(p.Id, p.Piece.Text, Normalized: true));

    private static List<Func<string, string>> Normalizers(SentencePieceModel model)
    {
        var steps = new List<Func<string, string>>();
        if (model.RemoveExtraSpaces)
            steps.Add(static text => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        if (model.AddDummyPrefix)
            steps.Add(static text => text.Length == 0 ? text : " " + text);
        if (model.EscapeSpaces)
            steps.Add(static text => text.Replace(" ", SpaceSign, StringComparison.Ordinal));
        return steps;
    }

    // Any two neighbours merge that are a piece together; the best score goes first, equal scores from the left.
    private static BpeModel MakeBpe(SentencePieceModel model, List<(int Id, SentencePiecePiece Piece)> pieces, int unknown)
    {
        Dictionary<string, int> vocabulary = Found(pieces);
        var merges = new Dictionary<(int, int), (int, int)>();
        var lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        int rank = -1;
        float before = float.NaN;
        foreach ((int id, SentencePiecePiece piece) in pieces.Where(p => p.Piece.Kind == SentencePieceKind.Normal).OrderByDescending(p => p.Piece.Score))
        {
            rank += piece.Score.Equals(before) ? 0 : 1;
            before = piece.Score;
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (lookup.TryGetValue(piece.Text.AsSpan(0, cut), out int left) && lookup.TryGetValue(piece.Text.AsSpan(cut), out int right))
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
        return new UnigramModel(scores, unknown, model.ByteFallback ? ByteTokens.Find(bytes) : null);
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
