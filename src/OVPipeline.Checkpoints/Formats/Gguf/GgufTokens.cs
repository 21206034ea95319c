using System.Text;
using System.Text.Json.Nodes;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A GGUF file's tokenizer: byte-level byte pairs (<c>gpt2</c>), SentencePiece's byte pairs and unigrams (<c>llama</c>, <c>t5</c>) and
/// WordPiece (<c>bert</c>), by the classes that read the same from other files. As everywhere ids are those of plain text, and marks are
/// found in it.
/// </summary>
internal static class GgufTokens
{
    /// <summary>The key of the kind of tokenizer.</summary>
    public const string Model = "tokenizer.ggml.model";

    private const int LongestWord = 100; // max_input_chars_per_word of BERT's tokenizers

    /// <summary>What makes the tokens when they are asked for; null where the file has none.</summary>
    public static Func<int, CheckpointTokens>? Of(string file, GgufMetadata metadata) =>
        metadata.Values.ContainsKey(Model) && metadata.Values.ContainsKey("tokenizer.ggml.tokens")
            ? rows => Read(file, metadata, rows)
            : null;

    private static CheckpointTokens Read(string file, GgufMetadata metadata, int rows)
    {
        try
        {
            var vocabulary = new GgufVocabulary(file, metadata, rows);
            string model = metadata.Text(Model)!;
            TokenizerFile read = model switch
            {
                "gpt2" => BytePairs(vocabulary),
                "llama" or "t5" => GgufPieces.Read(vocabulary, unigrams: model == "t5"),
                "bert" => WordPieces(vocabulary),
                _ => new(vocabulary.Fill(new() { SpaceSigns = true }).ToTable(), null,
                    metadata.Wrong(Model, $"is '{model}', a kind of tokenizer that is not known here").Message),
            };
            return new(read.Tokens.ToVocabulary(file, rows), read.Tokenizer, read.NoTokenizer);
        }
        catch (CheckpointException e)
        {
            return new(TokenTable.Nameless(rows), null, e.Message);
        }
    }

    private static TokenizerFile BytePairs(GgufVocabulary vocabulary)
    {
        var texts = vocabulary.Fill(new() { ByteLevel = true });
        return TokenizerFile.Of(texts.ToTable(), () =>
        {
            string pre = vocabulary.Text("pre") ?? throw vocabulary.Wrong("pre", "is missing: the file does not say how words are cut");
            var way = GgufPreTokenizer.Find(pre)
                ?? throw vocabulary.Wrong("pre", $"is '{pre}', a way to cut words that is not known here");
            var learned = vocabulary.Learned();
            var merges = new Dictionary<(int, int), (int, int)>();
            foreach ((int i, string merge) in (vocabulary.Texts("merges") ?? throw vocabulary.Wrong("merges", "is missing")).Index())
                if (!BpeFile.TryAdd(merges, learned, merge.Split(' '), 0))
                    throw vocabulary.Wrong($"merges[{i}]", "is not a merge of two tokens into a third");
            var model = new BpeModel(learned, merges) { IgnoreMerges = way.IgnoresMerges };
            return PipelineTokenizer.Of(vocabulary.Added(), null, Json(vocabulary, way.ToJson()), model, texts, vocabulary.File);
        });
    }

    // The converter writes what begins a word with U+2581 before it, and what goes on with one bare.
    private static TokenizerFile WordPieces(GgufVocabulary vocabulary)
    {
        var texts = vocabulary.Fill(new() { Continuation = "##", TidyWords = true }, TextOf);
        return TokenizerFile.Of(texts.ToTable(), () =>
        {
            int unknown = vocabulary.Id("unknown") ?? Array.IndexOf(vocabulary.Tokens, "[UNK]");
            if (unknown < 0)
                throw vocabulary.Wrong("unknown_token_id", "is missing, and there is no [UNK] for what is not known");
            var learned = Enumerable.Range(0, vocabulary.Tokens.Length).Where(vocabulary.IsLearned).ToLookup(TextOf, id => id)
                .ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
            bool? lowercase = vocabulary.Flag("normalizer.lowercase");
            if (lowercase is null && learned.Keys.FirstOrDefault(token => token.Any(char.IsAsciiLetterUpper)) is { } cased)
                throw vocabulary.Wrong("tokens", $"has '{cased}', and the file does not say whether text is put in lower case");
            var normalizer = new JsonObject
            {
                ["type"] = "BertNormalizer",
                ["clean_text"] = true,
                ["handle_chinese_chars"] = true,
                ["strip_accents"] = vocabulary.Flag("normalizer.strip_accents"),
                ["lowercase"] = lowercase ?? true,
            };
            var model = new WordPieceModel(learned, unknown, "##", LongestWord);
            return PipelineTokenizer.Of(vocabulary.Added(), Json(vocabulary, normalizer.ToJsonString()),
                Json(vocabulary, """{"type":"BertPreTokenizer"}"""), model, texts, vocabulary.File);
        });

        string TextOf(int id) => vocabulary.Tokens[id] is ['\u2581', .. var word] ? word : $"##{vocabulary.Tokens[id]}";
    }

    private static JsonField Json(GgufVocabulary vocabulary, string json) => JsonFile.Parse(vocabulary.File, Encoding.UTF8.GetBytes(json));
}
