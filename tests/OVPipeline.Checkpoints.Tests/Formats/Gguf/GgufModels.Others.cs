using System.Globalization;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Families of which the converter changes names alone, but for the rows of OLMo's queries and keys.</summary>
internal sealed partial class GgufModels
{
    private const int Width = D / Heads;

    // By config.json's model type: llama.cpp's name, the configuration, names outside and inside layers ({0} is the layer) with shapes.
    private static readonly Dictionary<string, Family> s_others = new()
    {
        ["phi3"] = new("phi3", false, LlamaSizes("phi3"),
            [("model.embed_tokens.weight", "token_embd.weight", [V, D]), ("lm_head.weight", "output.weight", [V, D]),
                ("model.norm.weight", "output_norm.weight", [D])],
            [("model.layers.{0}.input_layernorm.weight", "attn_norm.weight", [D]),
                ("model.layers.{0}.self_attn.qkv_proj.weight", "attn_qkv.weight", [(Heads + (2 * Groups)) * Width, D]),
                ("model.layers.{0}.self_attn.o_proj.weight", "attn_output.weight", [D, D])]),
        ["olmo"] = new("olmo", true, LlamaSizes("olmo"),
            [("model.embed_tokens.weight", "token_embd.weight", [V, D]), ("lm_head.weight", "output.weight", [V, D])],
            LlamaLayers()),
        ["olmo2"] = new("olmo2", false, LlamaSizes("olmo2"),
            [("model.embed_tokens.weight", "token_embd.weight", [V, D]), ("lm_head.weight", "output.weight", [V, D]),
                ("model.norm.weight", "output_norm.weight", [D])],
            [.. LlamaLayers(), ("model.layers.{0}.post_attention_layernorm.weight", "post_attention_norm.weight", [D]),
                ("model.layers.{0}.self_attn.q_norm.weight", "attn_q_norm.weight", [D]),
                ("model.layers.{0}.self_attn.k_norm.weight", "attn_k_norm.weight", [Groups * Width])]),
        ["gpt_bigcode"] = new("starcoder", false, $$"""
            {"model_type":"gpt_bigcode","n_embd":{{D}},"n_layer":{{Layers}},"n_head":{{Heads}},"n_positions":{{Context}},"vocab_size":{{V}},
            "multi_query":true}
            """,
            [("transformer.wte.weight", "token_embd.weight", [V, D]), ("transformer.wpe.weight", "position_embd.weight", [Context, D]),
                .. NormOf("transformer.ln_f", "output_norm")],
            [.. NormOf("transformer.h.{0}.ln_1", "attn_norm"),
                .. LinearOf("transformer.h.{0}.attn.c_attn", "attn_qkv", D + (2 * Width)),
                .. LinearOf("transformer.h.{0}.attn.c_proj", "attn_output", D)])
        { Groups = 1 },
        ["mpt"] = new("mpt", false, $$"""
            {"model_type":"mpt","d_model":{{D}},"n_layers":{{Layers}},"n_heads":{{Heads}},"max_seq_len":{{Context}},"vocab_size":{{V}},
            "attn_config":{"alibi":true} }
            """,
            [("transformer.wte.weight", "token_embd.weight", [V, D]), ("transformer.norm_f.weight", "output_norm.weight", [D])],
            [("transformer.blocks.{0}.norm_1.weight", "attn_norm.weight", [D]),
                ("transformer.blocks.{0}.attn.Wqkv.weight", "attn_qkv.weight", [3 * D, D]),
                ("transformer.blocks.{0}.attn.out_proj.weight", "attn_output.weight", [D, D])])
        { Groups = Heads },
        ["gptj"] = new("gptj", false, $$"""
            {"model_type":"gptj","n_embd":{{D}},"n_layer":{{Layers}},"n_head":{{Heads}},"n_positions":{{Context}},"vocab_size":{{V}},
            "tie_word_embeddings":false}
            """,
            [("transformer.wte.weight", "token_embd.weight", [V, D]), .. NormOf("transformer.ln_f", "output_norm"),
                ("lm_head.weight", "output.weight", [V, D]), ("lm_head.bias", "output.bias", [V])],
            [.. NormOf("transformer.h.{0}.ln_1", "attn_norm"), ("transformer.h.{0}.attn.q_proj.weight", "attn_q.weight", [D, D]),
                ("transformer.h.{0}.attn.k_proj.weight", "attn_k.weight", [D, D]),
                ("transformer.h.{0}.attn.v_proj.weight", "attn_v.weight", [D, D]),
                ("transformer.h.{0}.attn.out_proj.weight", "attn_output.weight", [D, D])])
        { Groups = Heads },
        ["bert"] = new("bert", false, $$"""
            {"model_type":"bert","hidden_size":{{D}},"num_hidden_layers":{{Layers}},"num_attention_heads":{{Heads}},"vocab_size":{{V}},
            "max_position_embeddings":{{Context}},"layer_norm_eps":1e-5}
            """,
            [("embeddings.word_embeddings.weight", "token_embd.weight", [V, D]),
                ("embeddings.position_embeddings.weight", "position_embd.weight", [Context, D]),
                ("embeddings.token_type_embeddings.weight", "token_types.weight", [2, D]),
                .. NormOf("embeddings.LayerNorm", "token_embd_norm")],
            [.. LinearOf("encoder.layer.{0}.attention.self.query", "attn_q", D),
                .. LinearOf("encoder.layer.{0}.attention.self.key", "attn_k", D),
                .. LinearOf("encoder.layer.{0}.attention.self.value", "attn_v", D),
                .. LinearOf("encoder.layer.{0}.attention.output.dense", "attn_output", D),
                .. NormOf("encoder.layer.{0}.attention.output.LayerNorm", "attn_output_norm"),
                .. NormOf("encoder.layer.{0}.output.LayerNorm", "layer_output_norm")])
        { Groups = Heads },
    };

    private static GgufModels Other(string type)
    {
        var family = s_others[type];
        var model = new GgufModels(family.Architecture, grouped: false) { _config = family.Config };
        model.Set("attention.head_count_kv", family.Groups);
        bool rms = family.Config.Contains("rms_norm_eps", StringComparison.Ordinal);
        model.Set(rms && type != "olmo" ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", 1e-5f);
        foreach ((string from, string to, long[] shape) in family.Outside)
            model.Both(from, to, shape);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string from, string to, long[] shape) in family.Inside)
            {
                int heads = to.Contains("attn_q", StringComparison.Ordinal) ? Heads : Groups;
                bool turned = family.Turned && (to is "attn_q.weight" or "attn_k.weight");
                model.Both(string.Format(CultureInfo.InvariantCulture, from, layer), Name($"blk.{layer}.{to}"), shape,
                    turned ? values => LlamaGguf.Turned(values, heads, Width) : null);
            }
        }
        return model;
    }

    private static string LlamaSizes(string type) => $$"""
        {"model_type":"{{type}}","hidden_size":{{D}},"num_hidden_layers":{{Layers}},"num_attention_heads":{{Heads}},
        "num_key_value_heads":{{Groups}},"vocab_size":{{V}},"max_position_embeddings":{{Context}},"rms_norm_eps":1e-5}
        """;

    private static (string, string, long[])[] LlamaLayers() =>
    [
        ("model.layers.{0}.self_attn.q_proj.weight", "attn_q.weight", [D, D]),
        ("model.layers.{0}.self_attn.k_proj.weight", "attn_k.weight", [Groups * Width, D]),
        ("model.layers.{0}.self_attn.v_proj.weight", "attn_v.weight", [Groups * Width, D]),
        ("model.layers.{0}.self_attn.o_proj.weight", "attn_output.weight", [D, D]),
    ];

    private static (string, string, long[])[] NormOf(string from, string to) =>
        [($"{from}.weight", $"{to}.weight", [D]), ($"{from}.bias", $"{to}.bias", [D])];

    private static (string, string, long[])[] LinearOf(string from, string to, int outputs) =>
        [($"{from}.weight", $"{to}.weight", [outputs, D]), ($"{from}.bias", $"{to}.bias", [outputs])];

    private sealed record Family(
        string Architecture, bool Turned, string Config, (string, string, long[])[] Outside, (string, string, long[])[] Inside)
    {
        public int Groups { get; init; } = GgufModels.Groups;
    }
}
