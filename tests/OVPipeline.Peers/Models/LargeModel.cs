using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Peers;

/// <summary>A checkpoint of a published model's shape and random weights, in Hugging Face's names and half precision.</summary>
internal sealed class LargeModel
{
    private readonly string _config;
    private readonly Func<IEnumerable<(string Name, long[] Shape)>> _tensors;

    private LargeModel(string name, string config, Func<IEnumerable<(string Name, long[] Shape)>> tensors)
    {
        Name = name;
        _config = config;
        _tensors = tensors;
    }

    /// <summary>GPT-2 XL: 1.56 billion weights.</summary>
    public static LargeModel Gpt2Xl { get; } = new("gpt2-xl", """
        {"model_type":"gpt2","n_layer":48,"n_head":25,"n_embd":1600,"n_positions":1024,"vocab_size":50257,"layer_norm_epsilon":1e-5,
        "activation_function":"gelu_new"}
        """, () => Gpt2(48, 1600, 50_257, 1024));

    /// <summary>TinyLlama: 1.1 billion weights.</summary>
    public static LargeModel Llama1B { get; } = new("llama-1.1b", """
        {"model_type":"llama","num_hidden_layers":22,"num_attention_heads":32,"num_key_value_heads":4,"hidden_size":2048,
        "intermediate_size":5632,"max_position_embeddings":2048,"vocab_size":32000,"rms_norm_eps":1e-5,"rope_theta":10000.0,
        "tie_word_embeddings":false,"hidden_act":"silu"}
        """, () => Llama(22, 2048, 256, 5632, 32_000));

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Writes it. All tensors are cut from the same random numbers, of deviation 0.02, but for gains, which are 1.</summary>
    public void Write(string folder)
    {
        var random = new Random(1);
        var tensors = _tensors().ToList();
        float[] noise = new float[tensors.Max(Count) + 1024];
        for (int i = 0; i < noise.Length; i++)
            noise[i] = 0.04f * 1.732f * ((float)random.NextDouble() - 0.5f);
        Memory<float> ones = Enumerable.Repeat(1f, 8192).ToArray();
        File.WriteAllText(Path.Combine(folder, "config.json"), _config);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
            [.. tensors.Select((tensor, i) => new SafetensorsTensor(tensor.Name, tensor.Shape,
                (IsGain(tensor.Name) ? ones : noise.AsMemory(i % 1024))[..Count(tensor)]))], ElementType.F16);
    }

    private static int Count((string Name, long[] Shape) tensor) => (int)tensor.Shape.Aggregate(1L, (product, side) => product * side);

    private static bool IsGain(string name) => name.EndsWith(".weight", StringComparison.Ordinal)
        && (name.Contains("norm", StringComparison.Ordinal) || name.Contains("ln_", StringComparison.Ordinal));

    private static IEnumerable<(string Name, long[] Shape)> Gpt2(int layers, long width, long vocabulary, long context)
    {
        yield return ("wte.weight", [vocabulary, width]);
        yield return ("wpe.weight", [context, width]);
        for (int layer = 0; layer < layers; layer++)
        {
            string h = string.Create(CultureInfo.InvariantCulture, $"h.{layer}.");
            foreach (var (name, rows, columns) in new[] { ("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
                ("mlp.c_fc", width, 4 * width), ("mlp.c_proj", 4 * width, width) })
            {
                yield return ($"{h}{name}.weight", [rows, columns]);
                yield return ($"{h}{name}.bias", [columns]);
            }
            foreach (string norm in new[] { "ln_1", "ln_2" })
            {
                yield return ($"{h}{norm}.weight", [width]);
                yield return ($"{h}{norm}.bias", [width]);
            }
        }
        yield return ("ln_f.weight", [width]);
        yield return ("ln_f.bias", [width]);
    }

    private static IEnumerable<(string Name, long[] Shape)> Llama(int layers, long width, long keys, long neurons, long vocabulary)
    {
        yield return ("model.embed_tokens.weight", [vocabulary, width]);
        for (int layer = 0; layer < layers; layer++)
        {
            string h = string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");
            yield return ($"{h}input_layernorm.weight", [width]);
            yield return ($"{h}post_attention_layernorm.weight", [width]);
            foreach (var (name, outputs, inputs) in new[] { ("self_attn.q_proj", width, width), ("self_attn.k_proj", keys, width),
                ("self_attn.v_proj", keys, width), ("self_attn.o_proj", width, width), ("mlp.gate_proj", neurons, width),
                ("mlp.up_proj", neurons, width), ("mlp.down_proj", width, neurons) })
                yield return ($"{h}{name}.weight", [outputs, inputs]);
        }
        yield return ("model.norm.weight", [width]);
        yield return ("lm_head.weight", [vocabulary, width]);
    }
}
