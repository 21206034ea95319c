namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// A random model in TransformerLens' names whose sizes are powers of two and whose weights are few multiples of 1/8 (gains of 1/4): gains,
/// biases and means go into them without rounding in single precision, so that what is computed before and after can be held to 1e-9.
/// </summary>
internal static class ModelFile
{
    public const int Layers = 2, Heads = 2, Width = 8, HeadWidth = 4, Tokens = 16, Context = 4, MlpWidth = 16;

    /// <summary>All tensors of a model of a kind.</summary>
    public static Dictionary<string, SafetensorsTensor> Tensors(ModelKind kind, int seed)
    {
        var random = new Random(seed);
        Dictionary<string, SafetensorsTensor> tensors = [];
        Add("embed.W_E", Tokens, Width);
        if (kind.HasPositions)
            Add("pos_embed.W_pos", Context, Width);
        if (kind.EmbeddingNorm)
            Norm("embed.ln", bias: true);
        for (int layer = 0; layer < Layers; layer++)
        {
            string block = $"blocks.{layer}";
            if (kind.NormAfterAttention)
                Norm($"{block}.ln1_post", bias: kind.Centers);
            Norm($"{block}.ln1", bias: kind.Centers);
            foreach (string name in new[] { "W_Q", "W_K", "W_V" })
                Add($"{block}.attn.{name}", Heads, Width, HeadWidth);
            Add($"{block}.attn.W_O", Heads, HeadWidth, Width);
            if (kind.Biases)
            {
                foreach (string name in new[] { "b_Q", "b_K", "b_V" })
                    Add($"{block}.attn.{name}", Heads, HeadWidth);
                Add($"{block}.attn.b_O", Width);
            }
            if (kind.Mlp == "none")
                continue;
            Norm($"{block}.ln2", bias: kind.Centers);
            Add($"{block}.mlp.W_in", Width, MlpWidth);
            Add($"{block}.mlp.b_in", MlpWidth);
            Add($"{block}.mlp.W_out", MlpWidth, Width);
            Add($"{block}.mlp.b_out", Width);
        }
        Norm("ln_final", bias: kind.Centers && !kind.FinalRms);
        Add("unembed.W_U", Width, Tokens);
        if (kind.Biases)
            Add("unembed.b_U", Tokens);
        return tensors;

        void Norm(string name, bool bias)
        {
            if (!kind.HasGains)
                return;
            tensors[$"{name}.w"] = new($"{name}.w", [Width], Values(Width, () => random.Next(1, 9) / 4f));
            if (bias)
                Add($"{name}.b", Width);
        }

        void Add(string name, params long[] shape)
        {
            int count = (int)shape.Aggregate((a, b) => a * b);
            tensors[name] = new(name, shape, Values(count, () => random.Next(-6, 7) / 8f));
        }
    }

    /// <summary>What TransformerLens writes of it in config.json, as far as it tells kinds apart.</summary>
    public static Dictionary<string, object?> Config(ModelKind kind) => new()
    {
        ["n_layers"] = Layers,
        ["n_heads"] = Heads,
        ["d_model"] = Width,
        ["d_head"] = HeadWidth,
        ["d_vocab"] = Tokens,
        ["n_ctx"] = Context,
        ["attn_only"] = kind.Mlp == "none",
        ["act_fn"] = kind.Mlp == "none" ? null : "relu",
        ["parallel_attn_mlp"] = kind.Mlp == "parallel",
        ["positional_embedding_type"] = kind.Positions,
        ["normalization_type"] = kind.Normalization == "none" ? null : kind.Normalization,
        ["final_rms"] = kind.FinalRms,
        ["attention_dir"] = kind.Bidirectional ? "bidirectional" : "causal",
        ["output_logits_soft_cap"] = kind.LogitCap ?? -1.0,
        ["post_embedding_ln"] = kind.EmbeddingNorm,
        ["use_normalization_before_and_after"] = kind.NormAfterAttention,
    };

    private static float[] Values(int count, Func<float> next) => [.. Enumerable.Range(0, count).Select(_ => next())];
}
