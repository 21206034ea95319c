using System.Text.Json.Nodes;

namespace OVPipeline.Checkpoints;

/// <summary>
/// How byte-level tokenizers cut text into words, by <c>tokenizer.ggml.pre</c>. The patterns are those of the models' own tokenizer.json,
/// which llama.cpp names them after (src/llama-vocab.cpp); where it has approximations of its own for want of a library, the original
/// stands here.
/// </summary>
/// <param name="Patterns">One after the other, each cuts what the one before left.</param>
/// <param name="IgnoresMerges">Whether a word that is a token is that token, whatever the merges say.</param>
internal sealed record GgufPreTokenizer(IReadOnlyList<string> Patterns, bool IgnoresMerges)
{
    private const string Short = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3 = Short + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces;
    private const string Qwen2 = Short + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces;

    // A word of capitals and others by case: as many capitals as there are, then small letters; or capitals alone.
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Cased = @"[^\r\n\p{L}\p{N}]?" + Upper + "*" + Lower + "+";
    private const string Capitals = @"[^\r\n\p{L}\p{N}]?" + Upper + "+" + Lower + "*";
    private const string CasedEnd = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Spaces;
    private const string Bloom = " ?[^(\\s|[.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C])]+";
    private const string Han = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";
    private const string Marks = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+";
    private const string DeepSeek3 = Marks + @"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + Spaces;

    private static readonly Dictionary<string, GgufPreTokenizer> s_all = Of(
        (["gpt-2", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code", "roberta-bpe", "gigachat",
            "a.x-4.0", "mellum", "modern-bert", "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling"], [Gpt2], false),
        (["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"], [Llama3], true),
        (["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"], [Llama3], false),
        (["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open", "grok-2"], [Qwen2], false),
        (["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"], [@"\p{N}", Gpt2], false),
        (["deepseek-v3", "hunyuan-dense", "joyai-llm"], [@"\p{N}{1,3}", Han, DeepSeek3], false),
        (["tekken"], [$@"{Cased}|{Capitals}|\p{{N}}{CasedEnd}"], true),
        (["gpt-4o", "llama4", "kanana2"], [$@"{Cased}{Short}?|{Capitals}{Short}?|\p{{N}}{{1,3}}{CasedEnd}"], false),
        (["seed-coder"], [Short + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|" + Spaces], false),
        (["bloom", "poro-chat", "gpt3-finnish"], [Bloom], false),
        (["viking"], [Bloom, @"\p{N}"], false));

    /// <summary>The way of a name; null where it is not known.</summary>
    public static GgufPreTokenizer? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>The steps as tokenizer.json writes them.</summary>
    public string ToJson()
    {
        var steps = new JsonArray();
        foreach (string pattern in Patterns)
        {
            steps.Add(new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = pattern },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            });
        }
        steps.Add(new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false });
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps }.ToJsonString();
    }

    private static Dictionary<string, GgufPreTokenizer> Of(params (string[] Names, string[] Patterns, bool Ignores)[] rows) => rows
        .SelectMany(row => row.Names.Select(name => (name, Value: new GgufPreTokenizer(row.Patterns, row.Ignores))))
        .ToDictionary(pair => pair.name, pair => pair.Value, StringComparer.Ordinal);
}
