namespace OVPipeline.Peers;

/// <summary>The families that are compared.</summary>
internal static class PeerFamilies
{
    private static readonly PeerFamily s_gpt = new("gpt2", "gpt2")
    {
        Rms = false,
        NormBias = true,
        Fused = true,
        InputBias = true,
        OutputBias = true,
        MlpBias = true,
        Mlp = StoredMlp.Plain,
        Groups = 4,
        HalfGelu = true,
    };

    private static readonly PeerFamily s_gemma = new("gemma", "gemma") { HeadWidth = 10, Tied = true, HalfGelu = true };

    private static readonly string[] s_beforeAndAfter = ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"];

    private static readonly PeerFamily s_bert = new("bert", "bert")
    {
        Encoder = true,
        Rms = false,
        NormBias = true,
        Norms = ["attn_output_norm", "layer_output_norm"],
        EmbeddingNorm = true,
        TokenTypes = true,
        Groups = 4,
        Values = new Dictionary<string, object> { ["attention.causal"] = false },
        HalfGelu = true,
    };

    /// <summary>All that run here.</summary>
    public static IReadOnlyList<PeerFamily> All { get; } =
    [
        new("llama", "llama"),
        new("llama, linear scaling", "llama")
        {
            Values = Of(("rope.freq_base", 500f), ("rope.scaling.type", "linear"), ("rope.scaling.factor", 4f)),
        },
        new("llama, YaRN", "llama")
        {
            Values = Of(("rope.freq_base", 500f), ("rope.scaling.type", "yarn"), ("rope.scaling.factor", 4f),
                ("rope.scaling.original_context_length", 16)),
        },
        new("llama 3.1, factors of frequencies", "llama")
        {
            Vectors = new Dictionary<string, float[]> { ["rope_freqs.weight"] = [1, 1, 1.3f, 2.5f, 8, 8] },
        },
        new("llama, biases", "llama") { InputBias = true, OutputBias = true, MlpBias = true, Tied = true },
        new("mistral3", "mistral3"),
        new("arcee", "arcee") { Mlp = StoredMlp.Plain },
        new("granite", "granite")
        {
            Values = Of(("embedding_scale", 3f), ("residual_scale", 0.4f), ("logit_scale", 2.5f), ("attention.scale", 0.2f)),
        },
        new("minicpm", "minicpm") { Values = Of(("embedding_scale", 4f), ("residual_scale", 0.6f), ("logit_scale", 1.5f)) },
        new("minicpm, older file", "minicpm"),
        new("internlm2", "internlm2"),
        new("olmo", "olmo") { Rms = false, NormGain = false, Values = Of(("attention.clamp_kqv", 1.1f)) },
        new("olmo2", "olmo2") { Norms = ["post_attention_norm", "post_ffw_norm"], QueryKey = QueryKeyGains.AllHeads },
        new("olmo3, windows and YaRN", "olmo2")
        {
            Layers = 5,
            Norms = ["post_attention_norm", "post_ffw_norm"],
            QueryKey = QueryKeyGains.AllHeads,
            Values = Of(("attention.sliding_window", 7), ("rope.freq_base", 500f), ("rope.scaling.type", "yarn"),
                ("rope.scaling.factor", 4f), ("rope.scaling.original_context_length", 16)),
        },
        new("smollm3", "smollm3") { Layers = 5 },
        new("xverse", "xverse"),
        new("exaone", "exaone"),
        new("exaone4", "exaone4") { Norms = ["post_attention_norm", "post_ffw_norm"], QueryKey = QueryKeyGains.Shared },
        new("exaone4, 64 layers: windows", "exaone4")
        {
            Layers = 64,
            Width = 24,
            Neurons = 28,
            Tokens = 20,
            Norms = ["post_attention_norm", "post_ffw_norm"],
            QueryKey = QueryKeyGains.Shared,
            Values = Of(("attention.sliding_window", 7)),
        },
        new("qwen", "qwen") { Groups = 4, Fused = true, InputBias = true, ToldNeurons = 112 },
        new("qwen2", "qwen2") { InputBias = true },
        new("qwen3", "qwen3") { HeadWidth = 10, QueryKey = QueryKeyGains.Shared },
        new("seed_oss", "seed_oss") { Norms = ["attn_norm", "post_attention_norm"], InputBias = true },
        new("ernie4_5", "ernie4_5"),
        new("glm4", "glm4")
        {
            Norms = s_beforeAndAfter,
            Mlp = StoredMlp.GatesFirst,
            InputBias = true,
            Values = Of(("rope.dimension_count", 6)),
        },
        new("chatglm", "chatglm")
        {
            Fused = true,
            InputBias = true,
            Mlp = StoredMlp.GatesFirst,
            Values = Of(("rope.dimension_count", 6)),
        },
        new("orion", "orion") { Rms = false, NormBias = true },
        new("nemotron", "nemotron")
        {
            Rms = false,
            NormBias = true,
            Mlp = StoredMlp.Plain,
            Values = Of(("rope.dimension_count", 6)),
        },
        new("stablelm", "stablelm") { Rms = false, NormBias = true, InputBias = true, Values = Of(("rope.dimension_count", 4)) },
        new("stablelm 2 12B", "stablelm")
        {
            Rms = false,
            NormBias = true,
            Norms = ["attn_norm"],
            QueryKey = QueryKeyGains.ByHead,
            Values = Of(("rope.dimension_count", 4), ("use_parallel_residual", true)),
        },
        new("command-r", "command-r") { Rms = false, Norms = ["attn_norm"], Tied = true, Values = Of(("logit_scale", 0.3f)) },
        new("command-r+, 64 layers: norms of queries and keys", "command-r")
        {
            Layers = 64,
            Width = 24,
            Neurons = 28,
            Tokens = 20,
            Rms = false,
            Norms = ["attn_norm"],
            Tied = true,
            QueryKey = QueryKeyGains.ByHead,
            Values = Of(("logit_scale", 0.3f)),
        },
        new("cohere2", "cohere2")
        {
            Layers = 5,
            Rms = false,
            Norms = ["attn_norm"],
            Tied = true,
            Values = Of(("logit_scale", 0.3f), ("attention.sliding_window", 7)),
        },
        new("hunyuan-dense", "hunyuan-dense") { QueryKey = QueryKeyGains.Shared },
        new("phi3", "phi3") { Fused = true, Mlp = StoredMlp.GatesFirst },
        LongPhi3("phi3, within its context", 512),
        LongPhi3("phi3, beyond its context", 16),
        s_gemma,
        s_gemma with
        {
            Name = "gemma2",
            Architecture = "gemma2",
            Layers = 4,
            Norms = s_beforeAndAfter,
            Values = Of(("attention.sliding_window", 7), ("attn_logit_softcapping", 2f), ("final_logit_softcapping", 5f)),
        },
        s_gemma with
        {
            Name = "gemma3",
            Architecture = "gemma3",
            Layers = 7,
            Norms = s_beforeAndAfter,
            QueryKey = QueryKeyGains.Shared,
            Values = Of(("attention.sliding_window", 7), ("rope.freq_base", 500_000f), ("rope.scaling.type", "linear"),
                ("rope.scaling.factor", 8f)),
        },
        s_gpt with { LearnedPositions = true, Tied = true },
        s_gpt with { Name = "starcoder", Architecture = "starcoder", LearnedPositions = true, Groups = 1 },
        s_gpt with { Name = "starcoder2", Architecture = "starcoder2", Fused = false, Groups = 2 },
        s_gpt with { Name = "codeshell", Architecture = "codeshell", Groups = 2 },
        s_gpt with
        {
            Name = "gptneox",
            Architecture = "gptneox",
            Values = Of(("use_parallel_residual", true), ("rope.dimension_count", 4)),
        },
        s_gpt with
        {
            Name = "gptneox, one after the other",
            Architecture = "gptneox",
            Values = Of(("use_parallel_residual", false), ("rope.dimension_count", 12)),
        },
        s_gpt with { Name = "bloom", Architecture = "bloom", EmbeddingNorm = true, Tied = true },
        s_gpt with { Name = "bloom, 6 heads", Architecture = "bloom", EmbeddingNorm = true, Tied = true, Heads = 6, Groups = 6 },
        s_gpt with
        {
            Name = "mpt",
            Architecture = "mpt",
            NormBias = false,
            InputBias = false,
            OutputBias = false,
            MlpBias = false,
            Tied = true,
            Values = Of(("attention.max_alibi_bias", 6f), ("attention.clamp_kqv", 1.1f)),
        },
        s_gpt with
        {
            Name = "mpt, learned positions",
            Architecture = "mpt",
            LearnedPositions = true,
            Tied = true,
            Values = Of(("attention.max_alibi_bias", 0f)),
        },
        s_gpt with { Name = "mpt, no positions", Architecture = "mpt", Tied = true, Values = Of(("attention.max_alibi_bias", 0f)) },
        s_gpt with
        {
            Name = "falcon 7B",
            Architecture = "falcon",
            Groups = 1,
            InputBias = false,
            OutputBias = false,
            MlpBias = false,
            Norms = ["attn_norm"],
        },
        s_gpt with
        {
            Name = "falcon 40B",
            Architecture = "falcon",
            Groups = 2,
            InputBias = false,
            OutputBias = false,
            MlpBias = false,
            Norms = ["attn_norm", "attn_norm_2"],
        },
        s_gpt with
        {
            Name = "phi2",
            Architecture = "phi2",
            Fused = false,
            Norms = ["attn_norm"],
            LogitBias = true,
            Values = Of(("rope.dimension_count", 4)),
        },
        s_gpt with
        {
            Name = "jais",
            Architecture = "jais",
            Mlp = StoredMlp.Gated,
            HalfGelu = false,
            Values = Of(("attention.max_alibi_bias", 6f)),
        },
        new("refact", "refact") { Groups = 1 },
        s_bert with { LearnedPositions = true, InputBias = true, OutputBias = true, MlpBias = true, Mlp = StoredMlp.Plain },
        s_bert with { Name = "nomic-bert", Architecture = "nomic-bert", Fused = true, HalfGelu = false },
        s_bert with
        {
            Name = "jina-bert-v2",
            Architecture = "jina-bert-v2",
            InputBias = true,
            OutputBias = true,
            DownBias = true,
        },
    ];

    private static PeerFamily LongPhi3(string name, int original) => new(name, "phi3")
    {
        Fused = true,
        Mlp = StoredMlp.GatesFirst,
        Values = Of(("rope.scaling.original_context_length", original), ("rope.scaling.attn_factor", 1.19f)),
        Vectors = new Dictionary<string, float[]>
        {
            ["rope_factors_long.weight"] = [1, 1.1f, 1.7f, 3, 9, 20],
            ["rope_factors_short.weight"] = [1, 1, 1.1f, 1.2f, 1.3f, 1.5f],
        },
    };

    private static Dictionary<string, object> Of(params (string Key, object Value)[] values) =>
        values.ToDictionary(value => value.Key, value => value.Value);
}
