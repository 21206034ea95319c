using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// <c>vocab.txt</c>, a token a line: BERT's WordPiece, with what tokenizer_config.json beside it says of case, accents and Chinese
/// characters. By itself it is taken for BERT's where it has <c>[UNK]</c>, <c>[CLS]</c> and <c>[SEP]</c>, and for lower-casing, BERT's
/// own default, where no word in it has a capital.
/// </summary>
internal static class VocabularyTextFile
{
    private const int LongestWord = 100; // max_input_chars_per_word of transformers' WordpieceTokenizer

    /// <summary>Reads the file.</summary>
    /// <exception cref="CheckpointException">It is not UTF-8, or holds no tokens.</exception>
    public static TokenizerFile Read(string file, byte[] content, TokenizerSettings settings)
    {
        string[] lines = Lines(file, content);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var texts = new TokenTexts { Continuation = "##", TidyWords = true };
        for (int id = 0; id < lines.Length; id++)
        {
            string token = lines[id].TrimEnd();
            vocabulary[token] = id; // of equal lines the last
            texts.Set(id, token, added: false);
        }

        if (content.Length == 0)
            throw new CheckpointException(file, null, "holds no tokens.");
        foreach (AddedToken token in settings.Listed)
            texts.Set(token.Id, token.Content, added: true);
        return TokenizerFile.Of(texts.ToTable(), () => Make(file, settings, vocabulary, texts));
    }

    private static PipelineTokenizer Make(string file, TokenizerSettings settings, Dictionary<string, int> vocabulary, TokenTexts texts)
    {
        TokenizerFamily family = TokenizerFamily.Find(settings, file) ?? TokenizerFamily.Bert;
        bool isNamed = settings.Class is not null || settings.ModelType is not null;
        if (!family.IsWordPiece)
            throw new CheckpointException(file, null, "is of a class that has no vocab.txt.");
        if (!isNamed && !Array.TrueForAll(["[UNK]", "[CLS]", "[SEP]"], vocabulary.ContainsKey))
            throw new CheckpointException(file, null, "is not BERT's, which has [UNK], [CLS] and [SEP]; nothing says whose it is.");
        if (settings.Flag("do_basic_tokenize") == false || settings.Flag("do_split_on_punc") == false)
            throw settings.Wrong("leaves out steps that are taken here");
        string unknown = settings.Text("unk_token", family.Tokens["unk_token"])!;
        if (!vocabulary.TryGetValue(unknown, out int unknownId))
            throw new CheckpointException(file, null, $"has no token '{unknown}' for what it does not know.");
        bool? lowercase = settings.Flag("do_lower_case");
        if (lowercase is null && vocabulary.Keys.FirstOrDefault(HasCapital) is { } cased)
            throw new CheckpointException(file, null, $"has '{cased}' and no tokenizer_config.json that says do_lower_case.");
        string accents = settings.Flag("strip_accents") is { } strip ? Json(strip) : "null";
        string normalizer = string.Create(CultureInfo.InvariantCulture, $$"""
            {"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":{{Json(settings.Flag("tokenize_chinese_chars") ?? true)}},
            "strip_accents":{{accents}},"lowercase":{{Json(lowercase ?? true)}}}
            """);
        List<AddedToken> added = settings.Added(vocabulary, family.Tokens, family.MaskTakesSpace);
        foreach (AddedToken token in added)
            texts.Set(token.Id, token.Content, added: true);
        var model = new WordPieceModel(vocabulary, unknownId, "##", LongestWord);
        return PipelineTokenizer.Of(added, Steps(normalizer), Steps(family.Splits), model, texts, file);

        JsonField? Steps(string json) => JsonFile.Parse(file, Encoding.UTF8.GetBytes(json));
    }

    // Marks such as [UNK] and <s> have capitals in both kinds.
    private static bool HasCapital(string token) =>
        token is not ['[', .., ']'] and not ['<', .., '>'] && token.Any(char.IsAsciiLetterUpper);

    private static string Json(bool value) => value ? "true" : "false";

    private static string[] Lines(string file, byte[] content)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content).TrimStart('\uFEFF');
            return (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
        }
        catch (DecoderFallbackException e)
        {
            throw new CheckpointException(file, null, "is not UTF-8.", e);
        }
    }
}
