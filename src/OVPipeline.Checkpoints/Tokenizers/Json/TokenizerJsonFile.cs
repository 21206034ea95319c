using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A <c>tokenizer.json</c> as display strings and a tokenizer: byte-pair encoding, byte-level or over characters with or without byte fallback,
/// and unigram. For other models, and where a normalizer or pre-tokenizer is of a kind not known here, it gives the display strings alone.
/// </summary>
internal static class TokenizerJsonFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="CheckpointException">It is no tokenizer.json, or a setting in it is wrong; the message names it.</exception>
    public static (TokenTable Tokens, Tokenizer? Tokenizer) Read(string file, byte[] content)
    {
        JsonField root = JsonField.Parse(file, content);
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
        return (texts.ToTable(), MakeTokenizer(root, model, vocabulary, added, texts));
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

    private static PipelineTokenizer? MakeTokenizer(JsonField root, JsonField model, Dictionary<string, int> vocabulary, List<AddedToken> added, TokenTexts texts)
    {
        var normalizers = TextNormalizers.Parse(root.Find("normalizer"));
        var splits = PreTokenizers.Parse(root.Find("pre_tokenizer"));
        string type = model.Find("type")?.Text() ?? (model.Find("merges") is null ? "" : "BPE");
        ITokenModel? tokens = type switch
        {
            "BPE" => BpeFile.Read(model, vocabulary),
            "Unigram" => UnigramFile.Read(model, vocabulary),
            _ => null,
        };
        if (normalizers is null || splits is null || tokens is null)
            return null;
        try
        {
            AddedToken[] found = [.. added.Select(t => t.Normalized ? t with { Content = TextNormalizers.Apply(normalizers, t.Content) } : t)];
            return new PipelineTokenizer(found, normalizers, splits, tokens, texts);
        }
        catch (Exception e) when (e is RegexMatchTimeoutException or InvalidDataException)
        {
            throw new CheckpointException(root.File, "normalizer", e.Message + ".", e);
        }
    }

    // How tokens are written follows from the steps that write and read them.
    private static TokenTexts MakeTexts(JsonField root, JsonField model)
    {
        HashSet<string> kinds = [.. Steps(root.Find("normalizer")), .. Steps(root.Find("pre_tokenizer")), .. Steps(root.Find("decoder"))];
        bool spaceSigns = kinds.Overlaps(["Metaspace", "Prepend", "Replace"]);
        return new TokenTexts
        {
            ByteLevel = kinds.Contains("ByteLevel"),
            SpaceSigns = spaceSigns,
            ByteFallback = model.Flag("byte_fallback", false),
            PrefixSpace = spaceSigns && TakesPrefixOff(root.Find("decoder")),
        };
    }

    private static bool TakesPrefixOff(JsonField? field) => field is { } step && step.TextOrEmpty("type") switch
    {
        "Strip" => true,
        "Metaspace" => PreTokenizers.Prefix(step) != "never",
        "Sequence" => step.Get("decoders").Items().Any(inner => TakesPrefixOff(inner)),
        _ => false,
    };

    private static IEnumerable<string> Steps(JsonField? field)
    {
        if (field is not { } step)
            return [];
        JsonField? inner = step.Find("normalizers") ?? step.Find("pretokenizers") ?? step.Find("decoders");
        return inner is { } steps ? steps.Items().SelectMany(s => Steps(s)) : [step.TextOrEmpty("type")];
    }
}
