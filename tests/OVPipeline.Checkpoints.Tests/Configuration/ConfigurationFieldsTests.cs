using System.Text.Json;
using System.Text.Json.Nodes;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class ConfigurationFieldsTests : IDisposable
{
    // Fields of HookedTransformerConfig and TransformerLensConfig, TransformerLens 3 (commit 4cd36aae), and of convert_neel_model_config.
    private const string TransformerLensFields =
        """
        d_model d_head n_layers n_ctx n_heads d_mlp d_vocab device use_attn_result use_split_qkv_input default_prepend_bos
        positional_embedding_type n_key_value_heads attn_only gated_mlp uses_rms_norm eps layer_norm_folding act_fn normalization_type
        num_experts experts_per_token final_rms dtype model_name use_attn_scale attn_scale use_hook_mlp_in use_attn_in use_qk_norm
        use_local_attn ungroup_grouped_query_attention original_architecture from_checkpoint checkpoint_index checkpoint_label_type
        checkpoint_value tokenizer_name window_size attn_types init_mode n_devices attention_dir seed initializer_range init_weights
        scale_attn_by_inverse_layer_idx d_vocab_out parallel_attn_mlp rotary_dim n_params use_hook_tokens tokenizer_prepends_bos
        post_embedding_ln rotary_base rotary_base_local rotary_scaling_factor trust_remote_code rotary_adjacent_pairs load_in_4bit
        relative_attention_max_distance relative_attention_num_buckets decoder_start_token_id tie_word_embeddings
        use_normalization_before_and_after attn_scores_soft_cap output_logits_soft_cap use_NTK_by_parts_rope NTK_by_parts_low_freq_factor
        NTK_by_parts_high_freq_factor NTK_by_parts_factor NTK_original_ctx_len use_yarn_rope yarn_factor yarn_attention_factor
        yarn_beta_fast yarn_beta_slow yarn_original_max_position_embeddings norm_topk_prob architecture normalization shortformer_pos
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_EveryFieldOfTransformerLens_IsThereOnce()
    {
        var names = ConfigurationFields.All.Select(field => field.Name).ToArray();
        Assert.Equal(names.Distinct().Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Empty(TransformerLensFields.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Except(names));
    }

    [Theory]
    [InlineData("use_local_attn", "true", "false"), InlineData("use_qk_norm", "true", "false")]
    [InlineData("num_experts", "4", "null"), InlineData("load_in_4bit", "true", "false"), InlineData("sliding_window", "4096", "null")]
    [InlineData("original_architecture", "\"Olmo2ForCausalLM\"", "\"GPT2LMHeadModel\""), InlineData("uses_rms_norm", "true", "false")]
    [InlineData("layer_types", "[\"full_attention\", \"sliding_attention\"]", "[\"full_attention\"]")]
    public void Load_FieldThatChangesTheRun_IsNamed(string field, string value, string harmless)
    {
        var weights = Load(field, value);
        Assert.StartsWith(field + " ", weights.Config.NotRun, StringComparison.Ordinal);
        Assert.Null(weights.Config.NotInLogits);
        Assert.Null(Load(field, harmless).Config.NotRun);
        Assert.Equal(field == "use_qk_norm", weights.Processing.Any(note => note.Contains(field, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("output_logits_soft_cap", "30.0", "-1.0"), InlineData("embedding_multiplier", "12", "1.0")]
    [InlineData("logit_scale", "0.5", "1")]
    [InlineData("residual_multiplier", "0.22", "1")]
    [InlineData("post_embedding_ln", "true", "false", "the layer norm after the embedding (post_embedding_ln) is in no weight")]
    [InlineData("use_normalization_before_and_after", "true", "false",
        "the norm after attention (use_normalization_before_and_after) is in no weight")]
    public void Load_FieldThatChangesLogits_IsNamedAndNoted(string field, string value, string harmless, string? note = null)
    {
        var weights = Load(field, value);
        string text = $"{field} {(value == "30.0" ? "30" : value)}";
        // A cap runs; circuits are without it all the same.
        Assert.Equal((field == "output_logits_soft_cap" ? null : text, text), (weights.Config.NotRun, weights.Config.NotInLogits));
        Assert.Equal([note ?? $"{text} is not applied"], weights.Processing);
        Assert.False(weights.LogitsAtModelScale);
        var without = Load(field, harmless);
        Assert.Null(without.Config.NotRun);
        Assert.Empty(without.Processing);
        Assert.True(without.LogitsAtModelScale);
    }

    [Theory]
    [InlineData("new_output_scale", "2.0", true), InlineData("residual_norms", "\"outer\"", true), InlineData("hidden_cap", "30", true)]
    [InlineData("new_output_scale", "false", false), InlineData("new_output_scale", "null", false)]
    [InlineData("initializer_scale_embed", "0.1", false), InlineData("grad_norm_clip", "1.0", false)] // of training
    [InlineData("neuron_scale", "0.5", false), InlineData("escape_token", "3", false), InlineData("something_new", "2.0", false)]
    public void Load_FieldThatNobodyKnows_CountsWhereItsNameSaysThatItScalesOrNorms(string field, string value, bool counts)
    {
        var config = Load(field, value).Config;
        string text = $"{field} {(value == "2.0" ? "2" : value)}";
        Assert.Equal(counts ? text : null, config.NotInLogits);
        Assert.Equal(counts ? $"other ({text})" : "", config.ForwardNeeds.ToString());
    }

    [Fact]
    public void Load_FieldThatIsNoText_IsNamed()
    {
        Write(new ModelKind("standard", "none"), _ => { });
        string json = File.ReadAllText(_folder.PathOf("config.json")); // half of a surrogate pair, as JSON can write it, is no text
        File.WriteAllText(_folder.PathOf("config.json"), """{"layer_types": ["\ud800"], """ + json[1..]);
        Assert.Equal("""layer_types ["\ud800"]""", TransformerCheckpoint.Load(_folder.Path).Weights.Config.NotRun);
    }

    [Fact]
    public void Load_SeveralFields_NamesEach()
    {
        var config = Load(("use_local_attn", "true"), ("logit_scale", "50.0"), ("window_size", "256")).Config;
        Assert.Equal("use_local_attn true, logit_scale 50", config.NotRun);
    }

    [Fact]
    public void Load_TransformerLensDefaults_AreTheDefaults()
    {
        var usual = Load(("eps", "1e-05"), ("attention_dir", "\"causal\""), ("use_attn_scale", "true"), ("attn_scale", "2.0"),
            ("d_vocab_out", "-1"), ("d_vocab", "-1"), ("scale_attn_by_inverse_layer_idx", "false"), ("output_logits_soft_cap", "-1.0"),
            ("attn_scores_soft_cap", "-1.0"),
            ("rotary_base", "10000"), ("n_devices", "1"), ("act_fn", "null"), ("something_new", "true"));
        Assert.Equal(Load().Config, usual.Config);
        Assert.Equal((1e-5, false, null, false, null),
            (usual.Config.NormEpsilon, usual.Config.Bidirectional, usual.Config.AttentionScale, usual.Config.ScaleByInverseLayer,
                usual.Config.NotRun));
        Assert.Equal(2, usual.Config.AttentionScaleOf(1)); // sqrt(d_head)
    }

    [Fact]
    public void Load_AttentionFields_AreRead()
    {
        var config = Load(("eps", "0.1"), ("attention_dir", "\"bidirectional\""), ("use_attn_scale", "false"),
            ("scale_attn_by_inverse_layer_idx", "true")).Config;
        Assert.Equal((0.1, true, 1.0, true), (config.NormEpsilon, config.Bidirectional, config.AttentionScale, config.ScaleByInverseLayer));
        Assert.Equal((1, 2), (config.AttentionScaleOf(0), config.AttentionScaleOf(1)));
        Assert.Equal(5, Load("attn_scale", "5").Config.AttentionScaleOf(1));
    }

    [Theory]
    [InlineData("attention_dir", "\"left\""), InlineData("attn_scale", "0"), InlineData("eps", "0"), InlineData("eps", "-1e-5")]
    [InlineData("d_vocab_out", "0"), InlineData("d_vocab_out", "1.5")]
    [InlineData("use_attn_scale", "1"), InlineData("shortformer_pos", "true"), InlineData("normalization", "\"LN\"")]
    public void Load_ValueThatCannotBe_NamesTheField(string field, string value) =>
        Assert.Equal(field, Assert.Throws<CheckpointException>(() => Load(field, value)).Entry);

    [Theory]
    [InlineData("embed.ln.w", "the layer norm after the embedding (post_embedding_ln)")]
    [InlineData("blocks.0.ln1_post.w", "the norm after attention (use_normalization_before_and_after)")]
    [InlineData("blocks.0.attn.q_norm.w", null), InlineData("blocks.0.attn.rotary_sin", null), InlineData("pos_embed.W_other", null)]
    public void Load_TensorThatIsNotRead_IsNamed(string name, string? norm)
    {
        Write(new ModelKind("standard", "LN"), _ => { }, name);
        var weights = TransformerCheckpoint.Load(_folder.Path).Weights;
        bool runs = name == "blocks.0.ln1_post.w"; // but one layer has it, and the other has not
        Assert.Equal((runs ? "ln1_post_w, which some layers have and others have not" : $"the tensor {name}", norm),
            (weights.Config.NotRun, weights.Config.OtherNorm));
        Assert.Equal(norm is not null, weights.Config.NotInLogits is not null);
    }

    [Theory]
    [InlineData("blocks.0.attn.mask"), InlineData("blocks.1.attn.IGNORE"), InlineData("optimizer.step"), InlineData("blocks.0.ln2.w")]
    public void Load_TensorThatIsNoPartOfTheRun_IsNothing(string name)
    {
        Write(new ModelKind("standard", "LN"), _ => { }, name);
        Assert.Null(TransformerCheckpoint.Load(_folder.Path).Weights.Config.NotRun);
    }

    [Fact]
    public void Load_RotaryBuffers_TellOfRotaryPositions()
    {
        Write(new ModelKind("none", "LN"), file => file.Remove("positional_embedding_type"), "blocks.0.attn.rotary_sin");
        var config = TransformerCheckpoint.Load(_folder.Path).Weights.Config;
        Assert.Equal(("rotary", null, 4), (config.PositionalEmbedding, config.NotRun, config.Forward?.Rotary?.Dimensions));
    }

    [Fact]
    public void Load_AttentionOnlyOfAFileWithMlps_IsRefused()
    {
        Write(new ModelKind("standard", "LN") { Mlp = "serial" }, file => file["attn_only"] = true);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Equal("attn_only", error.Entry);
        Assert.Contains("blocks.0.mlp.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LN", false, "LN", "standard"), InlineData("LNPre", true, "LNPre", "shortformer")]
    [InlineData(null, true, null, "shortformer")]
    public void Load_ConfigOfNeelNandasModels_IsRead(string? normalization, bool shortformer, string? kind, string positions)
    {
        var stored = new ModelKind("standard", normalization ?? "none");
        Write(stored, file =>
        {
            file.Remove("normalization_type");
            file.Remove("positional_embedding_type");
            file["normalization"] = normalization;
            file["shortformer_pos"] = shortformer;
        });
        var config = TransformerCheckpoint.Load(_folder.Path).Weights.Config;
        Assert.Equal((kind, positions), (config.Normalization, config.PositionalEmbedding));
    }

    [Theory]
    [InlineData("null"), InlineData("\"LNPre\"")]
    public void Load_GainsThatTheKindHasNot_AreNamed(string normalization)
    {
        Write(new ModelKind("standard", "LN"), file => file["normalization_type"] = JsonNode.Parse(normalization));
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path));
        Assert.Equal("normalization_type", error.Entry);
        Assert.Contains("blocks.0.ln1.w", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FoldedAndSaidSo_IsOfThatKind()
    {
        Write(new ModelKind("standard", "LNPre"), _ => { });
        Assert.Equal("LNPre", TransformerCheckpoint.Load(_folder.Path).Weights.Config.Normalization);
        var bare = TransformerCheckpoint.Load(_folder.PathOf("model.safetensors")).Weights; // config.json beside it is read too
        Assert.Equal("LNPre", bare.Config.Normalization);
        File.Delete(_folder.PathOf("config.json"));
        Assert.Equal("unknown", TransformerCheckpoint.Load(_folder.Path).Weights.Config.Normalization);
    }

    [Theory]
    [InlineData("gpt2", "scale_attn_weights", "false", 1.0), InlineData("gemma2", "query_pre_attn_scalar", "256", 16.0)]
    public void Load_HuggingFaceScale_IsRead(string model, string field, string value, double scale)
    {
        foreach (string path in Directory.GetFiles(Repository.Fixture("Architectures", model)))
            File.Copy(path, _folder.PathOf(Path.GetFileName(path)));
        var file = JsonNode.Parse(File.ReadAllText(_folder.PathOf("config.json")))!.AsObject();
        file[field] = JsonNode.Parse(value);
        file["scale_attn_by_inverse_layer_idx"] = true;
        File.WriteAllText(_folder.PathOf("config.json"), file.ToJsonString());
        var config = TransformerCheckpoint.Load(_folder.Path).Weights.Config;
        Assert.Equal((scale, 2 * scale), (config.AttentionScaleOf(0), config.AttentionScaleOf(1)));
    }

    private TransformerWeights Load(string field, string value) => Load((field, value));

    private TransformerWeights Load(params (string Field, string Value)[] fields)
    {
        Write(new ModelKind("standard", "none"), file =>
        {
            foreach (var (field, value) in fields)
                file[field] = JsonNode.Parse(value);
        });
        return TransformerCheckpoint.Load(_folder.Path).Weights;
    }

    private void Write(ModelKind kind, Action<JsonObject> change, string? more = null)
    {
        List<SafetensorsTensor> tensors = [.. ModelFile.Tensors(kind, seed: 7).Values];
        if (more is not null)
            tensors.Add(new(more, [ModelFile.Width], new float[ModelFile.Width]));
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), tensors);
        var file = JsonSerializer.SerializeToNode(ModelFile.Config(kind))!.AsObject();
        change(file);
        File.WriteAllText(_folder.PathOf("config.json"), file.ToJsonString());
    }
}
