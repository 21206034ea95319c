using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The families of models that llama.cpp has converters for and whose attention is read here, by its names (gguf-py/gguf/constants.py,
/// MODEL_ARCH_NAMES): what of a family neither metadata nor tensors tell.
/// </summary>
internal sealed record GgufArchitecture
{
    /// <summary>The width of windows where a family has them and the file does not say how wide they are.</summary>
    public const int UsualWindow = 4096;

    private const string AfterAttention = "post_attention_norm";

    private static readonly GgufArchitecture s_plain = new();
    private static readonly GgufArchitecture s_turned = new() { RowsTakeTurns = true };
    private static readonly GgufArchitecture s_adjacent = new() { AdjacentPairs = true };
    private static readonly GgufArchitecture s_gelu = new() { Activation = ActivationKind.Gelu };
    private static readonly GgufArchitecture s_geluTanh = new() { Activation = ActivationKind.GeluTanh };
    private static readonly GgufArchitecture s_gemma = s_geluTanh with { ScalesEmbedding = true };
    private static readonly GgufArchitecture s_alibi = new() { Alibi = true };
    private static readonly GgufArchitecture s_bert = s_gelu with { PostNorm = true };

    private static readonly Dictionary<string, GgufArchitecture> s_all = new(StringComparer.Ordinal)
    {
        ["llama"] = s_turned,
        ["mistral3"] = s_turned,
        ["arcee"] = s_turned with { Activation = ActivationKind.SquaredRelu },
        ["arctic"] = s_turned,
        ["deepseek"] = s_turned,
        ["granite"] = s_turned with { DividesLogits = true },
        ["granitemoe"] = s_turned with { DividesLogits = true },
        ["internlm2"] = s_turned,
        ["minicpm"] = s_turned with { DividesLogits = true, Factors = MiniCpm },
        ["olmo"] = s_turned with { NormWithoutGains = true },
        ["smollm3"] = s_turned with { RotaryLayersStep = 4 },
        ["xverse"] = s_turned,
        ["chatglm"] = s_adjacent,
        ["codeshell"] = s_geluTanh,
        ["cohere2"] = s_adjacent with { Parallel = true, WindowPeriod = 4, RotaryInWindows = true },
        ["command-r"] = s_adjacent with { Parallel = true },
        ["dbrx"] = s_plain,
        ["ernie4_5"] = s_adjacent,
        ["exaone"] = s_plain,
        ["exaone4"] = s_plain with { WindowPeriod = 4, WindowedLayers = 64, RotaryInWindows = true },
        ["falcon"] = s_gelu with { Parallel = true },
        ["gemma"] = s_gemma,
        ["gemma2"] = s_gemma with { LargestLayers = 46, WindowPeriod = 2, WindowedLayers = 0, ScoreCap = 50, LogitCap = 30 },
        ["gemma3"] = s_gemma with { LargestLayers = 62, RotaryLocalBase = 10_000, WindowPeriod = 6 },
        ["glm4"] = s_adjacent,
        ["gpt-oss"] = s_plain with { MlpNorm = AfterAttention },
        ["gpt2"] = s_geluTanh,
        ["gptj"] = s_adjacent with { Parallel = true, Activation = ActivationKind.GeluTanh },
        ["gptneox"] = s_gelu with { Parallel = true },
        ["hunyuan-dense"] = s_plain with { TurnsBeforeNorm = true },
        ["nemotron"] = s_plain with { Activation = ActivationKind.SquaredRelu },
        ["olmo2"] = s_plain with { WindowPeriod = 4, ScalesWithoutWindows = true },
        ["olmoe"] = s_plain,
        ["orion"] = s_plain,
        ["phi2"] = s_geluTanh with { Parallel = true },
        ["phi3"] = s_plain with { WindowPeriod = 0 },
        ["phimoe"] = s_plain,
        ["qwen"] = s_plain,
        ["qwen2"] = s_plain,
        ["qwen2moe"] = s_plain,
        ["qwen3"] = s_plain,
        ["qwen3moe"] = s_plain,
        ["seed_oss"] = s_plain with { MlpNorm = AfterAttention },
        ["stablelm"] = s_plain with { ParallelWithoutNorm = true },
        ["starcoder"] = s_geluTanh,
        ["starcoder2"] = s_geluTanh,
        ["bloom"] = s_alibi with { Activation = ActivationKind.GeluTanh },
        ["jais"] = s_alibi with { ScoresByWidth = true },
        ["mpt"] = s_alibi with { Activation = ActivationKind.Gelu },
        ["refact"] = s_alibi,
        ["bert"] = s_bert,
        ["jina-bert-v2"] = s_bert with { Alibi = true },
        ["nomic-bert"] = s_bert with { Activation = ActivationKind.Silu },
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

    /// <summary>What its MLPs pass. Of families that were trained with more than one kind, the usual one.</summary>
    public ActivationKind Activation { get; private init; } = ActivationKind.Silu;

    /// <summary>
    /// Of how many layers in a row all but the last have a window, where the file does not say; 0 where all layers have one. Null of
    /// families without windows.
    /// </summary>
    public int? WindowPeriod { get; private init; }

    /// <summary>
    /// Layers of the models that have windows even where the file does not say how wide they are; 0 for all models of the family, null for
    /// none.
    /// </summary>
    public int? WindowedLayers { get; private init; }

    /// <summary>Whether layers that see all positions have no rotary ones where others have windows.</summary>
    public bool RotaryInWindows { get; private init; }

    /// <summary>Whether rotary frequencies are scaled on layers without a window alone.</summary>
    public bool ScalesWithoutWindows { get; private init; }

    /// <summary>Every which layer has no rotary positions; 0 for none.</summary>
    public int RotaryLayersStep { get; private init; }

    /// <summary>The cap of scores where the file does not say; null for none.</summary>
    public double? ScoreCap { get; private init; }

    /// <summary>The cap of logits where the file does not say; null for none.</summary>
    public double? LogitCap { get; private init; }

    /// <summary>Whether logits are divided by the file's factor, not multiplied.</summary>
    public bool DividesLogits { get; private init; }

    /// <summary>Whether scores are divided by d_head, not by its root.</summary>
    public bool ScoresByWidth { get; private init; }

    /// <summary>Whether norms of queries and keys stand after rotary positions.</summary>
    public bool TurnsBeforeNorm { get; private init; }

    /// <summary>Whether attention and MLP read the same residual stream where the MLP has no norm of its own.</summary>
    public bool ParallelWithoutNorm { get; private init; }

    /// <summary>The name of the norm before its MLP.</summary>
    public string MlpNorm { get; private init; } = "ffn_norm";

    /// <summary>The name of the norm after attention; null where that name is of the norm before the MLP.</summary>
    public string? NormAfterAttention
    {
        get
        {
            if (PostNorm)
                return "attn_output_norm";
            return MlpNorm == AfterAttention ? null : AfterAttention;
        }
    }

    /// <summary>The factors of files that leave them out.</summary>
    public Func<GgufSizes, GgufFactors> Factors { get; private init; } = _ => new(1, 1, 1);

    /// <summary>Whether a model has windows of <see cref="UsualWindow"/>.</summary>
    public bool HasUsualWindow(GgufSizes sizes) => WindowedLayers is { } layers && (layers == 0 || layers == sizes.Layers);

    /// <summary>What is known of a family; null where nothing is.</summary>
    public static GgufArchitecture? Find(string? name) => name is null ? null : s_all.GetValueOrDefault(name);

    // Files from before the factors were written (src/models/minicpm.cpp).
    private static GgufFactors MiniCpm(GgufSizes sizes) => new(12, 1.4 / Math.Sqrt(sizes.Layers), 256.0 / sizes.DModel);
}

/// <summary>What embeddings and what layers write are multiplied by, and what logits are divided by.</summary>
internal sealed record GgufFactors(double Embedding, double Residual, double LogitDivisor);
