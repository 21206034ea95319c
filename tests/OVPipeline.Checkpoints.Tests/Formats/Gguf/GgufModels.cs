using System.Globalization;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Small random models of several families twice: as Hugging Face stores them, and as GGUF files, by what llama.cpp's converter
/// (convert_hf_to_gguf.py) does to each tensor.
/// </summary>
internal sealed partial class GgufModels
{
    private const int V = 11, D = 16, Heads = 4, Groups = 2, Layers = 2, Context = 8;
    private readonly Random _random = new(3);
    private readonly List<SafetensorsTensor> _tensors = [];
    private readonly string _architecture;
    private string _config = "{}";

    private GgufModels(string architecture, int? keyLength = null, bool grouped = true)
    {
        _architecture = architecture;
        Gguf.Set("general.architecture", architecture);
        Set("block_count", Layers);
        Set("context_length", Context);
        Set("embedding_length", D);
        Set("attention.head_count", Heads);
        if (grouped)
            Set("attention.head_count_kv", Groups);
        if (keyLength is { } width)
        {
            Set("attention.key_length", width);
            Set("attention.value_length", width);
        }
    }

    /// <summary>The names of the families.</summary>
    public static IReadOnlyList<string> Names =>
        ["llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gpt2", "gpt_neox", "bloom", .. s_others.Keys];

    /// <summary>The GGUF file.</summary>
    public GgufFile Gguf { get; } = new();

    /// <summary>A family's model.</summary>
    public static GgufModels Of(string name) => name switch
    {
        "llama" or "mistral" => LlamaLike("llama", name, D / Heads),
        "qwen2" => LlamaLike("qwen2", name, D / Heads),
        "qwen3" => LlamaLike("qwen3", name, 6),
        "gemma" or "gemma2" => LlamaLike(name, name, 6),
        "gpt2" => Gpt2(),
        "gpt_neox" or "bloom" => Interleaved(name),
        _ => Other(name),
    };

    /// <summary>Writes the model as Hugging Face stores it.</summary>
    public void SaveFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), _tensors);
    }

    private static GgufModels LlamaLike(string architecture, string type, int width)
    {
        var model = new GgufModels(architecture, width == D / Heads ? null : width);
        bool gemma = architecture.StartsWith("gemma", StringComparison.Ordinal);
        bool turned = architecture == "llama";
        model.Set("attention.layer_norm_rms_epsilon", 1e-6f);
        string window = "";
        if (type == "gemma2")
        {
            model.Set("attn_logit_softcapping", 50f);
            model.Set("final_logit_softcapping", 30f);
            window = "\"attn_logit_softcapping\":50.0,\"final_logit_softcapping\":30.0,";
        }
        model._config = $$"""
            {"model_type":"{{type}}","hidden_size":{{D}},"num_hidden_layers":{{Layers}},"num_attention_heads":{{Heads}},{{window}}
            "num_key_value_heads":{{Groups}},"head_dim":{{width}},"vocab_size":{{V}},"max_position_embeddings":{{Context}},
            "rms_norm_eps":1e-6,"tie_word_embeddings":{{(gemma ? "true" : "false")}}}
            """;
        model.Both("model.embed_tokens.weight", "token_embd.weight", [V, D]);
        if (!gemma)
            model.Both("lm_head.weight", "output.weight", [V, D]);
        Func<float[], float[]> norm = gemma ? values => [.. values.Select(value => value + 1)] : values => values;
        model.Both("model.norm.weight", "output_norm.weight", [D], norm);
        for (int layer = 0; layer < Layers; layer++)
        {
            string from = Name($"model.layers.{layer}."), to = Name($"blk.{layer}.");
            model.Both($"{from}input_layernorm.weight", $"{to}attn_norm.weight", [D], norm);
            if (type == "gemma2")
                model.Both($"{from}post_attention_layernorm.weight", $"{to}post_attention_norm.weight", [D], norm);
            foreach ((string name, string short1, int heads) in new[] { ("q", "q", Heads), ("k", "k", Groups), ("v", "v", Groups) })
            {
                Func<float[], float[]> turn = turned && name != "v" ? values => LlamaGguf.Turned(values, heads, width) : values => values;
                model.Both($"{from}self_attn.{name}_proj.weight", $"{to}attn_{short1}.weight", [heads * width, D], turn);
                if (type == "qwen2")
                    model.Both($"{from}self_attn.{name}_proj.bias", $"{to}attn_{short1}.bias", [heads * width], turn);
            }
            model.Both($"{from}self_attn.o_proj.weight", $"{to}attn_output.weight", [D, Heads * width]);
            if (type == "qwen3")
                model.Both($"{from}self_attn.q_norm.weight", $"{to}attn_q_norm.weight", [width]);
        }
        return model;
    }

    private static GgufModels Gpt2()
    {
        var model = new GgufModels("gpt2", grouped: false);
        model.Set("attention.layer_norm_epsilon", 1e-5f);
        model._config = $$"""
            {"model_type":"gpt2","n_embd":{{D}},"n_layer":{{Layers}},"n_head":{{Heads}},"n_positions":{{Context}},"vocab_size":{{V}}}
            """;
        model.Both("wte.weight", "token_embd.weight", [V, D]);
        model.Both("wpe.weight", "position_embd.weight", [Context, D]);
        model.Norm("ln_f", "output_norm");
        for (int layer = 0; layer < Layers; layer++)
        {
            string from = Name($"h.{layer}."), to = Name($"blk.{layer}.");
            model.Norm($"{from}ln_1", $"{to}attn_norm");
            model.Both($"{from}attn.c_attn.weight", $"{to}attn_qkv.weight", [D, 3 * D], values => Transposed(values, D), [3 * D, D]);
            model.Both($"{from}attn.c_attn.bias", $"{to}attn_qkv.bias", [3 * D]);
            model.Both($"{from}attn.c_proj.weight", $"{to}attn_output.weight", [D, D], values => Transposed(values, D));
            model.Both($"{from}attn.c_proj.bias", $"{to}attn_output.bias", [D]);
        }
        return model;
    }

    private static GgufModels Interleaved(string type)
    {
        bool bloom = type == "bloom";
        var model = new GgufModels(bloom ? "bloom" : "gptneox", grouped: false);
        model.Set("attention.layer_norm_epsilon", 1e-5f);
        model._config = bloom
            ? $$"""{"model_type":"bloom","hidden_size":{{D}},"n_layer":{{Layers}},"n_head":{{Heads}},"vocab_size":{{V}}}"""
            : $$"""
              {"model_type":"gpt_neox","hidden_size":{{D}},"num_hidden_layers":{{Layers}},"num_attention_heads":{{Heads}},
              "vocab_size":{{V}},"max_position_embeddings":{{Context}},"layer_norm_eps":1e-5}
              """;
        model.Both(bloom ? "word_embeddings.weight" : "gpt_neox.embed_in.weight", "token_embd.weight", [V, D]);
        if (bloom)
            model.Norm("word_embeddings_layernorm", "token_embd_norm");
        else
            model.Both("embed_out.weight", "output.weight", [V, D]);
        model.Norm(bloom ? "ln_f" : "gpt_neox.final_layer_norm", "output_norm");
        for (int layer = 0; layer < Layers; layer++)
        {
            string from = Name($"{(bloom ? "h" : "gpt_neox.layers")}.{layer}."), to = Name($"blk.{layer}.");
            string attention = bloom ? "self_attention" : "attention";
            model.Norm($"{from}input_layernorm", $"{to}attn_norm");
            model.Both($"{from}{attention}.query_key_value.weight", $"{to}attn_qkv.weight", [3 * D, D], Sorted);
            model.Both($"{from}{attention}.query_key_value.bias", $"{to}attn_qkv.bias", [3 * D], Sorted);
            model.Both($"{from}{attention}.dense.weight", $"{to}attn_output.weight", [D, D]);
            model.Both($"{from}{attention}.dense.bias", $"{to}attn_output.bias", [D]);
        }
        return model;
    }

    private void Set(string key, object value) => Gguf.Set($"{_architecture}.{key}", value);

    private void Norm(string from, string to)
    {
        Both($"{from}.weight", $"{to}.weight", [D]);
        Both($"{from}.bias", $"{to}.bias", [D]);
    }

    private void Both(string from, string to, long[] shape, Func<float[], float[]>? convert = null, long[]? converted = null)
    {
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => _random.NextSingle() - 0.5f)];
        _tensors.Add(new(from, shape, values));
        Gguf.Add(to, converted ?? shape, convert?.Invoke(values) ?? values);
    }

    /// <summary>q0 k0 v0 q1 ... to q0 q1 ... k0 ... v0 ...</summary>
    private static float[] Sorted(float[] values)
    {
        int part = values.Length / (3 * Heads);
        return [.. Enumerable.Range(0, 3).SelectMany(kind => Enumerable.Range(0, Heads)
            .SelectMany(head => values[(((head * 3) + kind) * part)..(((head * 3) + kind + 1) * part)]))];
    }

    private static float[] Transposed(float[] values, int rows)
    {
        int columns = values.Length / rows;
        return [.. Enumerable.Range(0, values.Length).Select(i => values[(i % rows * columns) + (i / rows)])];
    }

    private static string Name(FormattableString name) => name.ToString(CultureInfo.InvariantCulture);
}
