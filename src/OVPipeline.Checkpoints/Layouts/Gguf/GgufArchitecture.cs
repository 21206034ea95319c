namespace OVPipeline.Checkpoints;

/// <summary>
/// The families of models that llama.cpp has converters for and whose attention is read here, by its names (gguf-py/gguf/constants.py,
/// MODEL_ARCH_NAMES): what of a family neither metadata nor tensors tell.
/// </summary>
internal sealed record GgufArchitecture
{
    private static readonly GgufArchitecture s_plain = new();
    private static readonly GgufArchitecture s_turned = new() { RowsTakeTurns = true };
    private static readonly GgufArchitecture s_adjacent = new() { AdjacentPairs = true };
    private static readonly GgufArchitecture s_gemma = new() { ScalesEmbedding = true };
    private static readonly GgufArchitecture s_alibi = new() { Alibi = true };
    private static readonly GgufArchitecture s_bert = new() { PostNorm = true };

    private static readonly Dictionary<string, GgufArchitecture> s_all = new(StringComparer.Ordinal)
    {
        ["llama"] = s_turned,
        ["mistral3"] = s_turned,
        ["arcee"] = s_turned,
        ["arctic"] = s_turned,
        ["deepseek"] = s_turned,
        ["granite"] = s_turned,
        ["granitemoe"] = s_turned,
        ["internlm2"] = s_turned,
        ["minicpm"] = s_turned,
        ["olmo"] = s_turned with { NormWithoutGains = true },
        ["smollm3"] = s_turned,
        ["xverse"] = s_turned,
        ["chatglm"] = s_adjacent,
        ["codeshell"] = s_plain,
        ["cohere2"] = s_adjacent with { Parallel = true },
        ["command-r"] = s_adjacent with { Parallel = true },
        ["dbrx"] = s_plain,
        ["ernie4_5"] = s_adjacent,
        ["exaone"] = s_plain,
        ["exaone4"] = s_plain,
        ["falcon"] = s_plain with { Parallel = true },
        ["gemma"] = s_gemma,
        ["gemma2"] = s_gemma with { LargestLayers = 46 },
        ["gemma3"] = s_gemma with { LargestLayers = 62, RotaryLocalBase = 10_000 },
        ["glm4"] = s_adjacent,
        ["gpt-oss"] = s_plain,
        ["gpt2"] = s_plain,
        ["gptj"] = s_adjacent with { Parallel = true },
        ["gptneox"] = s_plain with { Parallel = true },
        ["hunyuan-dense"] = s_plain,
        ["nemotron"] = s_plain,
        ["olmo2"] = s_plain,
        ["olmoe"] = s_plain,
        ["orion"] = s_plain,
        ["phi2"] = s_plain with { Parallel = true },
        ["phi3"] = s_plain,
        ["phimoe"] = s_plain,
        ["qwen"] = s_plain,
        ["qwen2"] = s_plain,
        ["qwen2moe"] = s_plain,
        ["qwen3"] = s_plain,
        ["qwen3moe"] = s_plain,
        ["seed_oss"] = s_plain,
        ["stablelm"] = s_plain,
        ["starcoder"] = s_plain,
        ["starcoder2"] = s_plain,
        ["bloom"] = s_alibi,
        ["jais"] = s_alibi,
        ["mpt"] = s_alibi,
        ["refact"] = s_alibi,
        ["bert"] = s_bert,
        ["jina-bert-v2"] = s_bert with { Alibi = true },
        ["nomic-bert"] = s_bert,
    };

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    /// <summary>
    /// Whether the converter puts rows of queries and keys that turn together beside each other: i and i + d_head / 2 of a head, as ggml's
    /// first kernel for rotary positions reads them. Models whose rows lie so in the first place (GPT-J, Command-R) are not among them.
    /// </summary>
    public bool RowsTakeTurns { get; private init; }

    /// <summary>Whether its rotary positions turn neighbouring dimensions, in the model as trained too.</summary>
    public bool AdjacentPairs { get; private init; }

    /// <summary>The base of rotary positions on layers whose attention has a window, where it is another; no file says it.</summary>
    public double? RotaryLocalBase { get; private init; }

    /// <summary>Whether attention and MLP read the same residual stream, where the metadata does not say.</summary>
    public bool Parallel { get; private init; }

    /// <summary>Whether embeddings enter the residual stream times sqrt(d_model).</summary>
    public bool ScalesEmbedding { get; private init; }

    /// <summary>Whether scores have a slope by distance, where the metadata does not say.</summary>
    public bool Alibi { get; private init; }

    /// <summary>Whether its layer norms have neither gains nor biases.</summary>
    public bool NormWithoutGains { get; private init; }

    /// <summary>Whether the residual stream itself passes a norm after each block, in place of one before it.</summary>
    public bool PostNorm { get; private init; }

    /// <summary>Layers of the largest model, which divides scores by sqrt(d_model / heads) and its file does not say so; or 0.</summary>
    public int LargestLayers { get; private init; }

    /// <summary>What is known of a family; null where nothing is.</summary>
    public static GgufArchitecture? Find(string? name) => name is null ? null : s_all.GetValueOrDefault(name);
}
