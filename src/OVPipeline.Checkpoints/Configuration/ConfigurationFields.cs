using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using static OVPipeline.Checkpoints.FieldUse;
using static OVPipeline.Core.ForwardFeature;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The fields of config.json that bear on what a model computes, as TransformerLens (HookedTransformerConfig) and Hugging Face's
/// transformers name them. A field that is not here is taken to bear on nothing. What has to do with MLPs or rotary positions alone is
/// harmless: no model with either is run here, and circuits are without both.
/// </summary>
internal static partial class ConfigurationFields
{
    /// <summary>Every field, once.</summary>
    public static IReadOnlyList<ConfigurationField> All { get; } =
    [
        // Sizes and kind, TransformerLens' names and ours.
        .. Of(Honoured, "name", "model_name", "n_layers", "n_heads", "d_model", "d_head", "d_value", "d_vocab", "d_vocab_out", "n_ctx",
            "attn_only", "n_key_value_heads", "normalization_type", "normalization", "final_rms", "eps", "positional_embedding_type",
            "shortformer_pos", "attention_dir", "use_attn_scale", "attn_scale", "scale_attn_by_inverse_layer_idx"),
        // The same, Hugging Face's names.
        .. Of(Honoured, "model_type", "n_layer", "n_head", "n_embd", "n_embed", "n_positions", "hidden_size", "num_hidden_layers",
            "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size", "max_position_embeddings", "seq_length",
            "word_embed_proj_dim", "do_layer_norm_before", "_remove_final_layer_norm", "tie_word_embeddings", "layer_norm_epsilon",
            "layer_norm_eps", "rms_norm_eps", "norm_epsilon", "norm_eps", "scale_attn_weights", "query_pre_attn_scalar",
            "use_bidirectional_attention", "num_layers", "num_heads", "num_decoder_layers", "d_kv", "kv_channels", "max_seq_len",
            "block_size", "attn_config", "n_head_kv", "num_kv_heads", "multi_query", "new_decoder_architecture", "alibi",
            "attention_head_type", "text_config", "llm_config", "language_config", "use_lm_head_bias"),

        // How a model is held, made, saved and hooked.
        .. Of(Harmless, "architectures", "dtype", "torch_dtype", "device", "n_devices", "seed", "init_mode", "init_weights",
            "initializer_range", "n_params", "from_checkpoint", "checkpoint_index", "checkpoint_label_type", "checkpoint_value",
            "tokenizer", "tokenizer_name", "tokenizer_prepends_bos", "default_prepend_bos", "trust_remote_code", "use_attn_result",
            "use_split_qkv_input", "use_attn_in", "use_hook_mlp_in", "use_hook_tokens", "ungroup_grouped_query_attention",
            "layer_norm_folding", "decoder_start_token_id", "architecture", "reorder_and_upcast_attn"),
        .. Of(Harmless, "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "residual_in_fp32", "norm_type",
            "output_router_logits", "num_logits_to_keep", "temperature", "logits_to_keep", "neuron_scale", "neuron_temp",
            "layer_norm_elementwise_affine", "use_rmsnorm"),
        // Of MLPs.
        .. Of(Harmless, "d_mlp", "act_fn", "gated_mlp", "norm_topk_prob", "intermediate_size", "n_inner", "ffn_dim", "hidden_act",
            "hidden_activation", "activation_function", "mlp_bias", "use_parallel_residual", "parallel_attn", "routed_scaling_factor",
            "moe_routed_scaling_factor", "mlp_multipliers", "num_ln_in_parallel_attn"),
        // Of rotary positions.
        .. Of(Harmless, "rotary_dim", "rotary_base", "rotary_base_local", "rotary_scaling_factor", "rotary_adjacent_pairs", "rotary_pct",
            "rotary_emb_base", "rope_theta", "rope_scaling", "rope_parameters", "rope_local_base_freq", "partial_rotary_factor",
            "use_NTK_by_parts_rope", "NTK_by_parts_low_freq_factor", "NTK_by_parts_high_freq_factor", "NTK_by_parts_factor",
            "NTK_original_ctx_len", "use_yarn_rope", "yarn_factor", "yarn_attention_factor", "yarn_beta_fast", "yarn_beta_slow",
            "yarn_original_max_position_embeddings"),
        // Of fields below, which say whether they are in use.
        .. Of(Harmless, "window_size", "attn_types", "experts_per_token", "relative_attention_max_distance",
            "relative_attention_num_buckets", "max_window_layers"),

        // Attention that is not a softmax of scaled scores over every earlier position.
        new("use_local_attn", ChangesTheRun, Off, SlidingWindow),
        new("use_sliding_window", ChangesTheRun, Off, SlidingWindow),
        new("sliding_window", ChangesTheRun, (_, file, _) => file.Flag("use_sliding_window") == false, SlidingWindow),
        new("layer_types", ChangesTheRun, (value, _, _) => value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(type => JsonFile.TextOf(type) == "\"full_attention\""), SlidingWindow),
        new("attention_types", ChangesTheRun, AllGlobal, SlidingWindow),
        new("attention_layers", ChangesTheRun, AllGlobal, SlidingWindow),
        new("attn_scores_soft_cap", ChangesScores, NotAbove0, ScoreCap),
        new("attn_logit_softcapping", ChangesScores, NotAbove0, ScoreCap),
        new("use_qk_norm", ChangesScores, Off, QueryKeyNorm),
        new("qk_layernorm", ChangesScores, Off, QueryKeyNorm),
        new("qk_norm", ChangesScores, Off, QueryKeyNorm),
        new("attention_multiplier", ChangesScores, null, ScoreFactor),
        // Qwen 1's, beyond seq_length alone: where that is the context, no sequence is longer.
        new("use_logn_attn", ChangesTheRun, (value, file, config) =>
            Off(value, file, config) || (config.Context > 0 && file.TrySize("seq_length") == config.Context), ScoreFactor),
        new("no_rope_layers", ChangesTheRun, (value, _, _) => value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(layer => JsonFile.TextOf(layer) is "1" or "true"), LayersWithoutPositions),
        // Blocks of another shape.
        new("parallel_attn_mlp", ChangesTheRun, Off, ParallelMlp),
        new("num_experts", ChangesTheRun, null, Experts),
        new("num_local_experts", ChangesTheRun, NotAbove1, Experts),
        new("n_routed_experts", ChangesTheRun, NotAbove1, Experts),
        new("load_in_4bit", ChangesTheRun, Off),
        new("original_architecture", ChangesTheRun, (_, file, _) =>
            file.Text("original_architecture") is not ("Olmo2ForCausalLM" or "Olmo3ForCausalLM" or "OlmoeForCausalLM")),
        new("apply_residual_connection_post_layernorm", ChangesTheRun, Off, ResidualThroughNorm),
        new("uses_rms_norm", ChangesTheRun, (value, file, config) =>
            Off(value, file, config) || (config.Normalization is "RMS" or "RMSPre")),
        new("add_cross_attention", ChangesTheRun, Off, CrossAttention),
        // Norms, caps, clips and factors between W_E, W_V W_O and W_U.
        new("post_embedding_ln", AddsANorm, Off, EmbeddingNorm),
        new("use_normalization_before_and_after", AddsANorm, Off, NormAfterAttention),
        new("output_logits_soft_cap", ChangesLogits, NotAbove0, LogitCap),
        new("final_logit_softcapping", ChangesLogits, NotAbove0, LogitCap),
        new("clip_qkv", ChangesLogits, NotAbove0, ClippedProjections),
        new("embedding_multiplier", ChangesLogits, Is1, EmbeddingFactor),
        new("scale_emb", ChangesLogits, Is1, EmbeddingFactor),
        new("scale_embedding", ChangesLogits, Off, EmbeddingFactor),
        new("embedding_multiplier_scale", ChangesLogits, Is1, EmbeddingFactor),
        new("mup_embeddings_scale", ChangesLogits, Is1, EmbeddingFactor),
        new("scale_depth", ChangesLogits, null, ResidualFactor),
        new("residual_multiplier", ChangesLogits, Is1, ResidualFactor),
        new("attention_out_multiplier", ChangesLogits, Is1, ResidualFactor),
        new("logit_scale", ChangesLogits, Is1, LogitFactor),
        new("logits_scaling", ChangesLogits, Is1, LogitFactor),
        new("lm_head_multiplier", ChangesLogits, Is1, LogitFactor),
        new("output_multiplier_scale", ChangesLogits, Is1, LogitFactor),
        new("mup_width_scale", ChangesLogits, Is1, LogitFactor),
        new("dim_model_base", ChangesLogits, (value, file, _) => value.ValueKind == JsonValueKind.Number
            && file.Number("hidden_size") == value.GetDouble(), LogitFactor),
    ];

    private static readonly HashSet<string> s_names = [.. All.Select(field => field.Name)];

    /// <summary>What fields ask of a forward pass.</summary>
    public static IEnumerable<ForwardNeed> Needs(TransformerConfig config, ModelConfigFile? file) => file is null ? [] :
        All.Concat(Suspect(file)).Where(field => field.NotCovered(file, config) is not null).Select(field => Need(field, file, config));

    private static ForwardNeed Need(ConfigurationField field, ModelConfigFile file, TransformerConfig config)
    {
        var value = file.Field(field.Name)!.Value;
        bool number = value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble());
        return field.Feature switch
        {
            SlidingWindow => Window(file, config),
            Other => new(Other) { Kind = field.NotCovered(file, config) },
            _ => new(field.Feature) { Value = number ? value.GetDouble() : null },
        };
    }

    /// <summary>Windows of attention, with their width and how many layers have one.</summary>
    private static ForwardNeed Window(ModelConfigFile file, TransformerConfig config)
    {
        int? width = Width(file, "sliding_window") ?? Width(file, "window_size");
        string[] types = [.. (file.Field("layer_types") ?? file.Field("attention_layers")) is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray().Select(type => JsonFile.TextOf(type))
            : []];
        int? layers = types.Length == config.Layers ? types.Count(type => type is not ("\"full_attention\"" or "\"global\"")) : null;
        return new(SlidingWindow) { Value = width, Layers = layers == config.Layers ? null : layers };
    }

    private static int? Width(ModelConfigFile file, string field) =>
        file.Field(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int width) && width > 0 ? width : null;

    /// <summary>A configuration with what of its file is not followed here.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="file">Its file.</param>
    /// <param name="run">Fields that a forward pass follows. Circuits are without them all the same.</param>
    public static TransformerConfig WithWhatIsNotCovered(TransformerConfig config, ModelConfigFile? file, IReadOnlyCollection<string> run)
    {
        if (file is null)
            return config;
        var found = NotCovered(config, file).ToArray();
        return config with
        {
            NotRun = Joined([config.NotRun, .. found.Where(field => !run.Contains(field.Name)).Select(field => field.Text)]),
            NotInLogits = Joined([config.NotInLogits,
                .. found.Where(field => field.Use is ChangesLogits or AddsANorm).Select(field => field.Text)]),
        };
    }

    /// <summary>A clause for each of them that bears on figures of weights alone.</summary>
    public static IEnumerable<string> Notes(TransformerConfig config, ModelConfigFile? file) => file is null ? [] :
        NotCovered(config, file).Where(field => field.Use is ChangesScores or ChangesLogits)
            .Select(field => $"{field.Text} is not applied");

    /// <summary>Whether logits pass a cap before their softmax.</summary>
    public static bool CapsLogits(ModelConfigFile file) =>
        file.Number("output_logits_soft_cap") > 0 || file.Number("final_logit_softcapping") > 0;

    private static IEnumerable<(string Name, FieldUse Use, string Text)> NotCovered(TransformerConfig config, ModelConfigFile file) =>
        All.Concat(Suspect(file)).Select(field => (field.Name, field.Use, Text: field.NotCovered(file, config)))
            .Where(field => field.Text is not null).Select(field => (field.Name, field.Use, field.Text!));

    /// <summary>
    /// Fields that are not here and by their names scale, cap or normalize something: nobody knows what, so they count as what changes
    /// logits.
    /// </summary>
    private static IEnumerable<ConfigurationField> Suspect(ModelConfigFile file) => file.FieldNames
        .Where(name => SuspectNames().IsMatch(name) && !TrainingNames().IsMatch(name) && !s_names.Contains(name))
        .Select(name => new ConfigurationField(name, ChangesLogits,
            (value, _, _) => value.ValueKind is JsonValueKind.False or JsonValueKind.Object or JsonValueKind.Array));

    [GeneratedRegex(@"(^|_)(scal\w*|multipliers?|\w*cap(ping)?|clip\w*|\w*norm\w*|logits?|temperature)(_|$)",
        RegexOptions.CultureInvariant)]
    private static partial Regex SuspectNames();

    // Of how a model was made: its initial weights, gradients and losses.
    [GeneratedRegex("init|grad|loss|drop|optim|sched|decay", RegexOptions.CultureInvariant)]
    private static partial Regex TrainingNames();

    private static string? Joined(params IEnumerable<string?> texts) =>
        string.Join(", ", texts.OfType<string>()) is { Length: > 0 } all ? all : null;

    private static IEnumerable<ConfigurationField> Of(FieldUse use, params string[] names) =>
        names.Select(name => new ConfigurationField(name, use));

    private static bool Off(JsonElement value, ModelConfigFile file, TransformerConfig config) => value.ValueKind == JsonValueKind.False;

    private static bool NotAbove0(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() <= 0;

    private static bool NotAbove1(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() <= 1;

    private static bool AllGlobal(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        !JsonFile.TextOf(value).Contains("\"local\"", StringComparison.Ordinal);

    private static bool Is1(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() == 1;
}
