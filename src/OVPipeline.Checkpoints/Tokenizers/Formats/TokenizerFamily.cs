namespace OVPipeline.Checkpoints;

/// <summary>
/// What classes of Hugging Face's transformers make of a vocabulary that lies there without tokenizer.json (convert_slow_tokenizer.py): the
/// steps as tokenizer.json would write them, and the tokens that have a role where the files do not say.
/// </summary>
internal sealed record TokenizerFamily
{
    private const string Gpt2Steps = """{"type":"ByteLevel","add_prefix_space":PREFIX,"use_regex":true}""";
    private const string Qwen2Steps = """
        {"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","pattern":{"Regex":
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
        {"type":"ByteLevel","add_prefix_space":PREFIX,"use_regex":false}]}
        """;

    private const string ClipText = """
        {"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]}
        """;

    private const string ClipSteps = """
        {"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Removed","invert":true,
        "pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}},
        {"type":"ByteLevel","add_prefix_space":false}]}
        """;

    private const string BertSteps = """{"type":"BertPreTokenizer"}""";
    private static readonly TokenizerFamily s_gpt2 = new() { Splits = Gpt2Steps, Tokens = Roles("<|endoftext|>", "bos", "eos", "unk") };
    private static readonly TokenizerFamily s_roberta = new() { Splits = Gpt2Steps, Tokens = Sentence("<unk>"), MaskTakesSpace = true };
    private static readonly TokenizerFamily s_bert = new() { IsWordPiece = true, Splits = BertSteps, Tokens = Marks() };

    private static readonly Dictionary<string, TokenizerFamily> s_families = new()
    {
        ["GPT2Tokenizer"] = s_gpt2,
        ["CodeGenTokenizer"] = s_gpt2,
        ["WhisperTokenizer"] = s_gpt2,
        ["GPTNeoXTokenizer"] = s_gpt2 with { Normalizer = """{"type":"NFC"}""", Tokens = With(s_gpt2.Tokens, "pad_token", "<|padding|>") },
        ["Qwen2Tokenizer"] = new()
        {
            Normalizer = """{"type":"NFC"}""",
            Splits = Qwen2Steps,
            Tokens = Roles("<|endoftext|>", "eos", "unk", "pad"),
        },
        ["RobertaTokenizer"] = s_roberta,
        ["BartTokenizer"] = s_roberta,
        ["LongformerTokenizer"] = s_roberta,
        ["LEDTokenizer"] = s_roberta,
        ["BlenderbotTokenizer"] = s_roberta with { PrefixSpace = true },
        ["DebertaTokenizer"] = new()
        {
            Splits = Gpt2Steps,
            Tokens = With(With(Marks(), "bos_token", "[CLS]"), "eos_token", "[SEP]"),
            MaskTakesSpace = true,
        },
        ["CLIPTokenizer"] = new()
        {
            Normalizer = ClipText,
            Splits = ClipSteps,
            EndOfWord = "</w>",
            HasUnknown = true,
            Tokens = With(Roles("<|endoftext|>", "eos", "unk", "pad"), "bos_token", "<|startoftext|>"),
        },
        ["OpenAIGPTTokenizer"] = new()
        {
            Normalizer = """{"type":"BertNormalizer","lowercase":true}""",
            Splits = BertSteps,
            EndOfWord = "</w>",
            HasUnknown = true,
            ByteLevel = false,
            Tokens = Roles("<unk>", "unk"),
        },
        ["BertTokenizer"] = s_bert,
        ["DistilBertTokenizer"] = s_bert,
        ["ElectraTokenizer"] = s_bert,
        ["MobileBertTokenizer"] = s_bert,
        ["SqueezeBertTokenizer"] = s_bert,
        ["ConvBertTokenizer"] = s_bert,
        ["LxmertTokenizer"] = s_bert,
        ["LayoutLMTokenizer"] = s_bert,
        ["RetriBertTokenizer"] = s_bert,
        ["DPRContextEncoderTokenizer"] = s_bert,
        ["DPRQuestionEncoderTokenizer"] = s_bert,
        ["DPRReaderTokenizer"] = s_bert,
        ["MPNetTokenizer"] = s_bert with { Tokens = Sentence("[UNK]"), MaskTakesSpace = true },
    };

    private static readonly Dictionary<string, string> s_byModel = new()
    {
        ["gpt2"] = "GPT2Tokenizer",
        ["gpt_neo"] = "GPT2Tokenizer",
        ["gptj"] = "GPT2Tokenizer",
        ["gpt_bigcode"] = "GPT2Tokenizer",
        ["opt"] = "GPT2Tokenizer",
        ["codegen"] = "CodeGenTokenizer",
        ["phi"] = "CodeGenTokenizer",
        ["gpt_neox"] = "GPTNeoXTokenizer",
        ["whisper"] = "WhisperTokenizer",
        ["qwen2"] = "Qwen2Tokenizer",
        ["qwen2_moe"] = "Qwen2Tokenizer",
        ["qwen3"] = "Qwen2Tokenizer",
        ["qwen3_moe"] = "Qwen2Tokenizer",
        ["roberta"] = "RobertaTokenizer",
        ["bart"] = "BartTokenizer",
        ["longformer"] = "LongformerTokenizer",
        ["led"] = "LEDTokenizer",
        ["blenderbot"] = "BlenderbotTokenizer",
        ["deberta"] = "DebertaTokenizer",
        ["clip"] = "CLIPTokenizer",
        ["openai-gpt"] = "OpenAIGPTTokenizer",
        ["bert"] = "BertTokenizer",
        ["distilbert"] = "DistilBertTokenizer",
        ["electra"] = "ElectraTokenizer",
        ["mobilebert"] = "MobileBertTokenizer",
        ["squeezebert"] = "SqueezeBertTokenizer",
        ["convbert"] = "ConvBertTokenizer",
        ["lxmert"] = "LxmertTokenizer",
        ["layoutlm"] = "LayoutLMTokenizer",
        ["mpnet"] = "MPNetTokenizer",
    };

    /// <summary>Whether the vocabulary is WordPiece's, not one of byte pairs.</summary>
    public bool IsWordPiece { get; private init; }

    /// <summary>The normalizer as JSON, or null.</summary>
    public string? Normalizer { get; private init; }

    /// <summary>The pre-tokenizer as JSON, with <c>PREFIX</c> where it says whether a space goes before the text.</summary>
    public required string Splits { get; init; }

    /// <summary>What ends the last token of a word.</summary>
    public string EndOfWord { get; private init; } = "";

    /// <summary>Whether what the vocabulary lacks is an unknown token; else it is dropped.</summary>
    public bool HasUnknown { get; private init; }

    /// <summary>Whether tokens are written in GPT-2's byte alphabet.</summary>
    public bool ByteLevel { get; private init; } = true;

    /// <summary>Whether a space goes before the text where the files do not say.</summary>
    public bool PrefixSpace { get; private init; }

    /// <summary>Whether white space before the mask belongs to it.</summary>
    public bool MaskTakesSpace { get; private init; }

    /// <summary>Tokens by role, where the files do not say.</summary>
    public required IReadOnlyDictionary<string, string> Tokens { get; init; }

    /// <summary>BERT's own.</summary>
    public static TokenizerFamily Bert => s_bert;

    /// <summary>The family of a folder's class or, where none is named, of its model type; null where neither is.</summary>
    /// <exception cref="CheckpointException">What is named is not known here.</exception>
    public static TokenizerFamily? Find(TokenizerSettings settings, string file)
    {
        if (settings.Class is { } name)
        {
            return s_families.GetValueOrDefault(name)
                ?? throw new CheckpointException(file, null, $"is of the tokenizer class '{name}', which is not known here.");
        }

        if (settings.ModelType is not { } type)
            return null;
        return s_byModel.TryGetValue(type, out string? known)
            ? s_families[known]
            : throw new CheckpointException(file, null, $"names no tokenizer class; that of a '{type}' model is not known here.");
    }

    private static Dictionary<string, string> Roles(string token, params string[] roles) =>
        roles.ToDictionary(role => $"{role}_token", _ => token);

    private static Dictionary<string, string> Marks() => new()
    {
        ["unk_token"] = "[UNK]",
        ["sep_token"] = "[SEP]",
        ["pad_token"] = "[PAD]",
        ["cls_token"] = "[CLS]",
        ["mask_token"] = "[MASK]",
    };

    private static Dictionary<string, string> Sentence(string unknown) => new()
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = unknown,
        ["sep_token"] = "</s>",
        ["pad_token"] = "<pad>",
        ["cls_token"] = "<s>",
        ["mask_token"] = "<mask>",
    };

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> tokens, string role, string token) =>
        new(tokens) { [role] = token };
}
