using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Small random checkpoints of every layout against what Fixtures/make_architectures.py and make_families.py compute as the models
/// themselves do.
/// </summary>
public sealed class LayoutTests
{
    private const int Layer = 1;

    public static TheoryData<string, string> Models => new()
    {
        { "transformer_lens", "TransformerLens" }, { "transformer_lens_grouped", "TransformerLens" },
        { "transformer_lens_fewer_outputs", "TransformerLens" }, { "transformer_lens_more_outputs", "TransformerLens" },
        { "gpt2", "GPT-2" },
        { "gpt_neox", "GPT-NeoX" }, { "bloom", "BLOOM" }, { "opt", "OPT" }, { "llama", "Llama" }, { "mistral", "Mistral" },
        { "qwen2", "Qwen" }, { "qwen3", "Qwen" }, { "gemma", "Gemma" }, { "gemma2", "Gemma" },
        { "bert", "BERT" }, { "bert_mlm", "BERT" },
        { "gpt_neo", "GPT-Neo" }, { "gptj", "GPT-J" }, { "codegen", "CodeGen" }, { "gpt_bigcode", "GPT-BigCode" },
        { "gpt_bigcode_heads", "GPT-BigCode" }, { "santacoder", "SantaCoder" }, { "nanogpt", "nanoGPT" },
        { "nanogpt_biases", "nanoGPT" }, { "phi", "Phi" }, { "phi_msft", "Phi (first files)" }, { "phi3", "Phi 3" }, { "olmo", "OLMo" },
        { "olmo2", "OLMo 2" }, { "olmo3", "OLMo 2" }, { "olmoe", "OLMoE" }, { "falcon", "Falcon" }, { "falcon_grouped", "Falcon" },
        { "falcon_alibi", "Falcon" }, { "mpt", "MPT" }, { "mpt_grouped", "MPT" }, { "stablelm", "StableLM" },
        { "stablelm_parallel", "StableLM" }, { "qwen", "Qwen 1" }, { "mixtral", "Mistral" }, { "gpt_oss", "gpt-oss" },
        { "gemma3", "Gemma" }, { "gemma3_pictures", "Gemma" }, { "llava", "Mistral" }, { "llava_saved", "Qwen" },
        { "solu_old", "TransformerLens (old SoLU)" }, { "nanogpt_saved", "nanoGPT" },
        { "solu_old_square", "TransformerLens (old SoLU)" }, { "roberta", "RoBERTa" }, { "roberta_mlm", "RoBERTa" }, { "t5", "T5 decoder" },
        { "t5_untied", "T5 decoder" }, { "apertus", "Apertus" }, { "cohere", "Cohere" }, { "starcoder2", "StarCoder 2" },
        { "nemotron", "Nemotron" }, { "minicpm", "SmolLM 3" }, { "internlm2", "InternLM 2" }, { "mingpt", "minGPT" },
    };

    [Theory, MemberData(nameof(Models))]
    public void Load_RawWeights_ProjectAsTheModelDoes(string name, string layout)
    {
        var (model, expected) = Load(name);
        int heads = expected.Heads;
        Assert.Equal((layout, 2, heads, 12, 11), (model.Layout, model.Weights.Config.Layers, model.Weights.Config.Heads,
            model.Weights.Config.DModel, model.Weights.Config.Vocabulary));
        AssertProjections(model.Weights, expected, "x", "");
        for (int head = 0; head < heads; head++)
            AssertClose(expected.Of("out", head), Multiply(expected.Of("v", head), model.Weights.W_O(new HeadIndex(Layer, head))));
        AssertClose(expected.Whole("embed"), model.Weights.W_E);
        AssertClose(expected.Whole("logits"),
            Plus(Multiply(expected.Whole("x"), model.Weights.W_U), model.Weights, WeightKind.b_U, default));
        Assert.Equal(expected.Has("pos"), model.Weights.Has(WeightKind.W_pos));
        if (expected.Has("pos"))
            AssertClose(expected.Whole("pos"), model.Weights.Read(WeightKind.W_pos));
    }

    [Theory, MemberData(nameof(Models))]
    public void Load_FoldLayerNorm_ReadsNormalizedInputsAsTheModelDoes(string name, string _)
    {
        var (model, expected) = Load(name, new() { FoldLayerNorm = true });
        if (model.Weights.Config.PostNorm)
        {
            Assert.Equal(("LN", "LNPre"), (model.Weights.Config.Normalization, model.Weights.Config.FinalNormalization));
            AssertProjections(model.Weights, expected, "x", ""); // attention reads the stream, which passes the norms itself
            AssertClose(expected.Whole("ln_logits"), Plus(Multiply(Normalize(expected.Whole("x"), center: true), model.Weights.W_U),
                model.Weights, WeightKind.b_U, default));
            return;
        }
        if (!expected.Has("ln_logits"))
        {
            Assert.Contains(model.Weights.Processing, note => note.Contains("no normalization is folded", StringComparison.Ordinal));
            return;
        }
        if (!expected.Has("ln_q")) // a norm before the unembedding alone
        {
            Assert.Equal((null, "RMSPre"), (model.Weights.Config.Normalization, model.Weights.Config.FinalNormalization));
            AssertProjections(model.Weights, expected, "x", "");
            AssertClose(expected.Whole("ln_logits"), Multiply(Normalize(expected.Whole("x"), center: false), model.Weights.W_U));
            return;
        }
        Assert.False(model.Weights.Has(WeightKind.ln1_w) || model.Weights.Has(WeightKind.ln_final_w));
        Assert.Contains(model.Weights.Config.Normalization, new[] { "LNPre", "RMSPre" });
        bool layerNorm = model.Weights.Config.Normalization == "LNPre";
        var normalized = Normalize(expected.Whole("x"), layerNorm);
        AssertProjections(model.Weights, expected, normalized, "ln_");
        AssertClose(expected.Whole("ln_logits"), Plus(Multiply(normalized, model.Weights.W_U), model.Weights, WeightKind.b_U, default));
        if (layerNorm) // the centring is folded too: a constant added to the input changes nothing
            AssertProjections(model.Weights, expected, Matrix.Create(3, 12, (i, j) => normalized[i, j] + 5), "ln_");
    }

    [Theory, MemberData(nameof(Models))]
    public void Load_FoldValueBiases_HeadsAndOutputBiasGiveTheAttention(string name, string _)
    {
        foreach (bool fold in new[] { false, true })
        {
            var (model, expected) = Load(name, new() { FoldValueBiases = fold });
            var sum = new Matrix(3, 12);
            // A head that attends to a sink writes less of its bias: such biases stay where they are.
            bool folded = fold && !model.Weights.Config.ForwardNeeds.Contains(ForwardFeature.AttentionSinks);
            foreach (var head in model.Weights.Config.HeadsOf(Layer))
            {
                var values = Multiply(expected.Whole("x"), model.Weights.W_V(head));
                if (!folded)
                    values = Plus(values, model.Weights, WeightKind.b_V, head);
                else if (model.Weights.Has(WeightKind.b_V))
                    Assert.All(model.Weights.Read(WeightKind.b_V, head).Values.ToArray(), value => Assert.Equal(0, value));
                sum = Add(sum, Multiply(values, model.Weights.W_O(head)));
            }
            AssertClose(expected.Whole("attn"), Plus(sum, model.Weights, WeightKind.b_O, new HeadIndex(Layer, 0)));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Load_Centring_RemovesMeansWhereTheModelIgnoresThem(string name, string _)
    {
        var (model, _) = Load(name, new() { CenterWritingWeights = true, CenterUnembed = true });
        var weights = model.Weights;
        bool writing = weights.Config.Normalization is "LN" or "LNPre", capped = name == "gemma2";
        var (raw, _) = Load(name);
        foreach (var (kind, centred) in new[]
        {
            (WeightKind.W_E, writing),
            (WeightKind.W_O, writing),
            (WeightKind.b_O, writing),
            (WeightKind.W_pos, writing),
            (WeightKind.W_U, !capped),
            (WeightKind.b_U, !capped),
        })
        {
            if (!weights.Has(kind))
                continue;
            var (processed, stored) = (weights.Read(kind, new HeadIndex(Layer, 2)), raw.Weights.Read(kind, new HeadIndex(Layer, 2)));
            var expected = centred
                ? Matrix.Create(stored.Rows, stored.Columns, (i, j) => stored[i, j] - stored.Row(i).ToArray().Average())
                : stored;
            AssertClose(expected, processed);
        }
        string written = writing ? "are centred over d_model" : "not centred";
        Assert.Contains(weights.Processing, note => note.Contains(written, StringComparison.Ordinal));
        Assert.Contains(
            weights.Processing, note => note.Contains(capped ? "caps its logits" : "over the vocabulary", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Models))]
    public void ReadTokens_AnyOptions_IsTheSameAsTheWhole(string name, string _)
    {
        var all = new CheckpointOptions { FoldLayerNorm = true, CenterWritingWeights = true, CenterUnembed = true, FoldValueBiases = true };
        foreach (var options in new[] { new CheckpointOptions(), all })
        {
            var (model, _) = Load(name, options);
            var source = model.Weights;
            foreach (var kind in new[] { WeightKind.W_U, WeightKind.b_U }.Where(source.Has))
            {
                var (whole, part) = (source.Read(kind), source.ReadTokens(kind, 3, 5));
                AssertClose(Matrix.Create(whole.Rows, 5, (i, j) => whole[i, j + 3]), part);
            }
            AssertClose(source.Read(WeightKind.W_E).SelectRows([3, 4, 5, 6, 7]), source.ReadTokens(WeightKind.W_E, 3, 5));
        }
    }

    [Theory]
    [InlineData("gemma2", "final_logit_softcapping 30 is not applied")]
    [InlineData("gemma2", "post_attention_layernorm")]
    [InlineData("gemma", "multiplied by sqrt(d_model) = 3.4641")]
    [InlineData("bloom", "word_embeddings_layernorm")]
    [InlineData("qwen3", "q_norm")]
    [InlineData("olmo2", "no norm stands before attention")]
    [InlineData("olmo3", "post_attention_layernorm")]
    [InlineData("olmo", "no gains")]
    [InlineData("olmoe", "clip_qkv 8 is not applied")]
    [InlineData("mpt", "attn_config.clip_qkv 8 is not applied")]
    [InlineData("gpt_oss", "sinks")]
    [InlineData("gemma3", "q_norm")]
    [InlineData("gemma3_pictures", "multiplied by sqrt(d_model) = 3.4641")]
    [InlineData("solu_old", "stored transposed")]
    [InlineData("t5", "W_U is divided by sqrt(d_model)")]
    [InlineData("t5_untied", "attention to the encoder is in no weight")]
    [InlineData("cohere", "logit_scale 0.0625 is not applied")]
    [InlineData("roberta_mlm", "lm_head.dense")]
    [InlineData("apertus", "q_norm")]
    [InlineData("bert", "the file has no unembedding")]
    [InlineData("bert", "the embeddings of token types are in no weight")]
    [InlineData("bert_mlm", "cls.predictions.transform")]
    public void Load_WhatTheWeightsLeaveOut_IsNoted(string name, string note) =>
        Assert.Contains(Load(name).Model.Weights.Processing, text => text.Contains(note, StringComparison.Ordinal));

    private static (TransformerCheckpoint Model, Expected Expected) Load(string name, CheckpointOptions? options = null)
    {
        string folder = Repository.Fixture("Architectures", name);
        return (TransformerCheckpoint.Load(folder, options ?? new()),
            new Expected(CheckpointTensors.Open(folder + ".expected.safetensors")));
    }

    private static void AssertProjections(TransformerWeights weights, Expected expected, string input, string prefix) =>
        AssertProjections(weights, expected, expected.Whole(input), prefix);

    private static void AssertProjections(TransformerWeights weights, Expected expected, Matrix input, string prefix)
    {
        for (int i = 0; i < expected.Heads; i++)
        {
            var head = new HeadIndex(Layer, i);
            AssertClose(expected.Of($"{prefix}q", i), Plus(Multiply(input, weights.W_Q(head)), weights, WeightKind.b_Q, head));
            AssertClose(expected.Of($"{prefix}k", i), Plus(Multiply(input, weights.W_K(head)), weights, WeightKind.b_K, head));
            AssertClose(expected.Of($"{prefix}v", i), Plus(Multiply(input, weights.W_V(head)), weights, WeightKind.b_V, head));
        }
    }

    private static Matrix Plus(Matrix rows, TransformerWeights weights, WeightKind bias, HeadIndex head)
    {
        if (!weights.Has(bias))
            return rows;
        var added = weights.Read(bias, head);
        return Matrix.Create(rows.Rows, rows.Columns, (i, j) => rows[i, j] + added[0, j]);
    }

    private static Matrix Multiply(Matrix a, Matrix b) => MatrixProduct.Multiply(a, b, TestContext.Current.CancellationToken);

    private static Matrix Add(Matrix a, Matrix b) => Matrix.Create(a.Rows, a.Columns, (i, j) => a[i, j] + b[i, j]);

    private static Matrix Normalize(Matrix x, bool center) => Matrix.Create(x.Rows, x.Columns, (i, j) =>
    {
        double[] row = [.. x.Row(i).ToArray().Select(value => (double)value)];
        double mean = center ? row.Average() : 0;
        return (float)((row[j] - mean) / Math.Sqrt(row.Average(value => (value - mean) * (value - mean))));
    });

    private static void AssertClose(Matrix expected, Matrix actual)
    {
        Assert.Equal(expected.ToString(), actual.ToString());
        for (int i = 0; i < expected.Values.Length; i++)
            Assert.Equal(expected.Values[i], actual.Values[i], 2e-5f * Math.Max(1, Math.Abs(expected.Values[i])));
    }

    /// <summary>The expected values of a model, as matrices.</summary>
    private sealed class Expected(CheckpointTensors tensors)
    {
        public int Heads => (int)tensors.Find("q")!.Info.Shape[0];

        public bool Has(string name) => tensors.Contains(name);

        public Matrix Whole(string name) => tensors.Find(name)!.View().ToMatrix();

        public Matrix Of(string name, int head) => tensors.Find(name)!.View().At(head).ToMatrix();
    }
}
