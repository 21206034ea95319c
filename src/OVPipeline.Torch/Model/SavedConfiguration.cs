using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Writes config.json in TransformerLens' fields. What is as usual is left out.</summary>
internal static class SavedConfiguration
{
    /// <summary>It, as UTF-8, of a model that <see cref="SaveObstacles"/> lets pass.</summary>
    public static byte[] Of(ModelShape shape)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            Sizes(json, shape.Config);
            Mlps(json, shape);
            Norms(json, shape);
            Scores(json, shape);
            if (shape.Config.PositionalEmbedding == "rotary")
                Rotary(json, shape.Forward.Rotary!);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void Sizes(Utf8JsonWriter json, TransformerConfig config)
    {
        json.WriteString("model_type", config.AttentionOnly ? "attn-only" : "hooked-transformer");
        json.WriteString("name", config.Name);
        json.WriteNumber("n_layers", config.Layers);
        json.WriteNumber("n_heads", config.Heads);
        json.WriteNumber("d_model", config.DModel);
        json.WriteNumber("d_head", config.DHead);
        if (config.DValue != config.DHead)
            json.WriteNumber("d_value", config.DValue);
        if (config.Context > 0)
            json.WriteNumber("n_ctx", config.Context);
        json.WriteNumber("d_vocab", config.Vocabulary);
        if (config.OutputVocabulary != config.Vocabulary)
            json.WriteNumber("d_vocab_out", config.OutputVocabulary);
        json.WriteBoolean("attn_only", config.AttentionOnly);
    }

    private static void Mlps(Utf8JsonWriter json, ModelShape shape)
    {
        if (shape.Forward.Mlp is not { } mlp)
            return;
        json.WriteNumber("d_mlp", mlp.Width);
        json.WriteString("act_fn", mlp.Activation switch
        {
            ActivationKind.Gelu => "gelu",
            ActivationKind.GeluTanh => "gelu_new",
            ActivationKind.QuickGelu => "quick_gelu",
            ActivationKind.Relu => "relu",
            ActivationKind.SquaredRelu => "relu2",
            ActivationKind.Silu => "silu",
            ActivationKind.SoluLN => "solu_ln",
            _ => throw new ArgumentOutOfRangeException(nameof(shape), mlp.Activation, "This is no kind of activation."),
        });
        json.WriteBoolean("gated_mlp", mlp.Gated);
        json.WriteBoolean("parallel_attn_mlp", shape.Forward.ParallelMlp);
    }

    private static void Norms(Utf8JsonWriter json, ModelShape shape)
    {
        var config = shape.Config;
        json.WriteString("normalization_type", config.Normalization); // null where there is none
        if (config.FinalNormalization != config.Normalization)
            json.WriteBoolean("final_rms", true);
        if (shape.Has(WeightKind.ln_embed_w))
            json.WriteBoolean("post_embedding_ln", true);
        if (shape.Has(WeightKind.ln1_post_w))
            json.WriteBoolean("use_normalization_before_and_after", true);
        json.WriteString("positional_embedding_type", config.PositionalEmbedding);
        if (config.NormEpsilon != 1e-5)
            json.WriteNumber("eps", config.NormEpsilon);
    }

    private static void Scores(Utf8JsonWriter json, ModelShape shape)
    {
        var (config, forward) = (shape.Config, shape.Forward);
        json.WriteString("attention_dir", config.Bidirectional ? "bidirectional" : "causal");
        if (config.AttentionScale is { } scale)
        {
            json.WriteBoolean("use_attn_scale", true);
            json.WriteNumber("attn_scale", scale);
        }
        if (config.ScaleByInverseLayer)
            json.WriteBoolean("scale_attn_by_inverse_layer_idx", true);
        if (forward.QueryKeyNorm != QueryKeyNormKind.None)
            json.WriteBoolean("use_qk_norm", true);
        if (forward.ScoreCap is { } scores)
            json.WriteNumber("attn_scores_soft_cap", scores);
        if (forward.LogitCap is { } logits)
            json.WriteNumber("output_logits_soft_cap", logits);
        if (!forward.Windows.Any(width => width > 0))
            return;
        json.WriteBoolean("use_local_attn", true);
        json.WriteNumber("window_size", forward.Windows.Max());
        json.WriteStartArray("attn_types");
        foreach (int width in forward.Windows)
            json.WriteStringValue(width > 0 ? "local" : "global");
        json.WriteEndArray();
    }

    private static void Rotary(Utf8JsonWriter json, RotaryConfig rotary)
    {
        json.WriteNumber("rotary_dim", rotary.Dimensions);
        json.WriteNumber("rotary_base", rotary.Base);
        json.WriteBoolean("rotary_adjacent_pairs", rotary.AdjacentPairs);
        if (rotary.LocalBase is { } local)
            json.WriteNumber("rotary_base_local", local);
        if (rotary.Scaling is not { } scaling)
            return;
        switch (scaling.Kind)
        {
            case RotaryScalingKind.Linear:
                json.WriteNumber("rotary_scaling_factor", scaling.Factor);
                break;
            case RotaryScalingKind.Llama3:
                json.WriteBoolean("use_NTK_by_parts_rope", true);
                json.WriteNumber("NTK_by_parts_factor", scaling.Factor);
                json.WriteNumber("NTK_by_parts_low_freq_factor", scaling.LowFrequencyFactor);
                json.WriteNumber("NTK_by_parts_high_freq_factor", scaling.HighFrequencyFactor);
                json.WriteNumber("NTK_original_ctx_len", scaling.OriginalContext);
                break;
            default:
                json.WriteBoolean("use_yarn_rope", true);
                json.WriteNumber("yarn_factor", scaling.Factor);
                json.WriteNumber("yarn_original_max_position_embeddings", scaling.OriginalContext);
                json.WriteNumber("yarn_beta_fast", scaling.BetaFast);
                json.WriteNumber("yarn_beta_slow", scaling.BetaSlow);
                json.WriteNumber("yarn_attention_factor", RotaryFrequencies.FactorOf(scaling));
                break;
        }
    }
}
