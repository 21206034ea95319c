using OVPipeline.Core;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A Llama of Hugging Face's names as a GGUF file, as llama.cpp's converter names and turns its tensors.</summary>
internal static class LlamaGguf
{
    private static readonly (string From, string To)[] s_names =
    [
        ("model.layers.", "blk."), ("self_attn.o_proj", "attn_output"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"), ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"), ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"), ("lm_head", "output"),
    ];

    /// <summary>The file.</summary>
    public static GgufFile Of(CheckpointTensors tensors, TransformerConfig config)
    {
        int groups = config.Forward?.KeyValueHeads ?? config.Heads;
        var gguf = new GgufFile().Set("general.architecture", "llama").Set("tokenizer.ggml.model", "none");
        foreach ((string key, int size) in new[]
        {
            ("block_count", config.Layers), ("context_length", config.Context), ("embedding_length", config.DModel),
            ("feed_forward_length", config.Forward?.Mlp?.Width ?? 0), ("attention.head_count", config.Heads),
            ("attention.head_count_kv", groups), ("vocab_size", config.Vocabulary), ("rope.dimension_count", config.DHead),
        })
        {
            gguf.Set($"llama.{key}", (uint)size);
        }
        gguf.Set("llama.attention.layer_norm_rms_epsilon", (float)config.NormEpsilon);
        gguf.Set("llama.rope.freq_base", (float)(config.Forward?.Rotary?.Base ?? 10_000));
        foreach (var tensor in tensors.Tensors)
        {
            float[] values = tensors.Read(tensor.Name);
            string name = s_names.Aggregate(tensor.Name, (text, pair) => text.Replace(pair.From, pair.To, StringComparison.Ordinal));
            if (name.EndsWith("attn_q.weight", StringComparison.Ordinal))
                values = Turned(values, config.Heads, config.DHead);
            if (name.EndsWith("attn_k.weight", StringComparison.Ordinal))
                values = Turned(values, groups, config.DHead);
            gguf.Add(name, [.. tensor.Shape], values);
        }
        return gguf;
    }

    /// <summary>Rows of each head take turns, one of its first half and one of its second.</summary>
    public static float[] Turned(float[] values, int heads, int width)
    {
        int columns = values.Length / heads / width;
        float[] turned = new float[values.Length];
        for (int head = 0; head < heads; head++)
        {
            for (int row = 0; row < width; row++)
            {
                int from = ((row % 2) * width / 2) + (row / 2);
                Array.Copy(values, ((head * width) + from) * columns, turned, ((head * width) + row) * columns, columns);
            }
        }
        return turned;
    }
}
