using System.Text.Json;
using OVPipeline.Core;
using static OVPipeline.Checkpoints.FieldUse;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The fields of config.json that bear on what a model computes, as TransformerLens (HookedTransformerConfig) and Hugging Face's
/// transformers name them. A field that is not here is taken to bear on nothing. What has to do with MLPs or rotary positions alone is
/// harmless: no model with either is run here, and circuits are without both.
/// </summary>
internal static class ConfigurationFields
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
            "layer_norm_eps", "rms_norm_eps", "scale_attn_weights", "query_pre_attn_scalar", "use_bidirectional_attention"),

        // How a model is held, made, saved and hooked.
        .. Of(Harmless, "architectures", "dtype", "torch_dtype", "device", "n_devices", "seed", "init_mode", "init_weights",
            "initializer_range", "n_params", "from_checkpoint", "checkpoint_index", "checkpoint_label_type", "checkpoint_value",
            "tokenizer", "tokenizer_name", "tokenizer_prepends_bos", "default_prepend_bos", "trust_remote_code", "use_attn_result",
            "use_split_qkv_input", "use_attn_in", "use_hook_mlp_in", "use_hook_tokens", "ungroup_grouped_query_attention",
            "layer_norm_folding", "decoder_start_token_id", "architecture", "reorder_and_upcast_attn"),
        // Of MLPs.
        .. Of(Harmless, "d_mlp", "act_fn", "gated_mlp", "norm_topk_prob", "intermediate_size", "n_inner", "ffn_dim", "hidden_act",
            "hidden_activation", "activation_function", "mlp_bias", "use_parallel_residual"),
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
        new("use_local_attn", ChangesTheRun, Off),
        new("use_sliding_window", ChangesTheRun, Off),
        new("sliding_window", ChangesTheRun, (_, file, _) => file.Flag("use_sliding_window") == false),
        new("layer_types", ChangesTheRun, (value, _, _) => value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(type => type.GetRawText() == "\"full_attention\"")),
        new("attn_scores_soft_cap", ChangesScores, NotAbove0),
        new("attn_logit_softcapping", ChangesScores, NotAbove0),
        new("use_qk_norm", ChangesScores, Off),
        new("attention_multiplier", ChangesScores),
        // Blocks of another shape.
        new("parallel_attn_mlp", ChangesTheRun, Off),
        new("num_experts", ChangesTheRun),
        new("load_in_4bit", ChangesTheRun, Off),
        new("original_architecture", ChangesTheRun, (_, file, _) =>
            file.Text("original_architecture") is not ("Olmo2ForCausalLM" or "Olmo3ForCausalLM" or "OlmoeForCausalLM")),
        new("apply_residual_connection_post_layernorm", ChangesTheRun, Off),
        new("uses_rms_norm", ChangesTheRun, (value, file, config) =>
            Off(value, file, config) || (config.Normalization is "RMS" or "RMSPre")),
        // Norms, caps and factors between W_E, W_V W_O and W_U.
        new("post_embedding_ln", AddsANorm, Off),
        new("use_normalization_before_and_after", AddsANorm, Off),
        new("output_logits_soft_cap", ChangesLogits, NotAbove0),
        new("final_logit_softcapping", ChangesLogits, NotAbove0),
        new("embedding_multiplier", ChangesLogits, Is1),
        new("scale_emb", ChangesLogits, Is1),
        new("scale_depth", ChangesLogits),
        new("residual_multiplier", ChangesLogits, Is1),
        new("logit_scale", ChangesLogits, Is1),
        new("logits_scaling", ChangesLogits, Is1),
        new("lm_head_multiplier", ChangesLogits, Is1),
    ];

    /// <summary>A configuration with what of its file is not followed here.</summary>
    public static TransformerConfig WithWhatIsNotCovered(TransformerConfig config, ModelConfigFile? file)
    {
        if (file is null)
            return config;
        var found = NotCovered(config, file).ToArray();
        return config with
        {
            NotRun = Joined([config.NotRun, .. found.Select(field => field.Text)]),
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

    private static IEnumerable<(FieldUse Use, string Text)> NotCovered(TransformerConfig config, ModelConfigFile file) =>
        All.Select(field => (field.Use, Text: field.NotCovered(file, config))).Where(field => field.Text is not null)
            .Select(field => (field.Use, field.Text!));

    private static string? Joined(params IEnumerable<string?> texts) =>
        string.Join(", ", texts.OfType<string>()) is { Length: > 0 } all ? all : null;

    private static IEnumerable<ConfigurationField> Of(FieldUse use, params string[] names) =>
        names.Select(name => new ConfigurationField(name, use));

    private static bool Off(JsonElement value, ModelConfigFile file, TransformerConfig config) => value.ValueKind == JsonValueKind.False;

    private static bool NotAbove0(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() <= 0;

    private static bool Is1(JsonElement value, ModelConfigFile file, TransformerConfig config) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() == 1;
}
