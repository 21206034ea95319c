using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Gemma 1 to 3 (text): Llama's names; embeddings enter the residual stream times sqrt(d_model), norms are stored as their gain minus
/// 1, and W_U is tied to the embedding as stored.
/// </summary>
internal sealed class GemmaLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Gemma";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma", "gemma2", "gemma3_text"];

    /// <inheritdoc/>
    // Gemma3TextConfig.rope_theta and rope_local_base_freq.
    protected override RotaryKind Rotary(ModelConfigFile? file) =>
        file?.ModelType == "gemma3_text" ? new(Base: 1_000_000, LocalBase: 10_000) : new();

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { GainShift = 1 };

    /// <inheritdoc/>
    // Since Gemma 2 norms stand after attention and after the MLP too.
    protected override DecoderNames NamesIn(CheckpointParts parts) => !HasPostNorms(parts.Config) ? Names : Names with
    {
        AttentionPostNorm = "post_attention_layernorm",
        MlpNorm = "pre_feedforward_layernorm",
        MlpPostNorm = "post_feedforward_layernorm",
    };

    private static bool HasPostNorms(ModelConfigFile? file) => file?.ModelType is "gemma2" or "gemma3_text";

    /// <inheritdoc/>
    // 256 is GemmaConfig's own default: its heads are wider than d_model / heads.
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("head_dim") ?? 256;

    /// <inheritdoc/>
    // Gemma3TextConfig's own, which files with pictures leave out.
    protected override int? UsualSize(string field) => field switch
    {
        "hidden_size" => 2304,
        "num_hidden_layers" => 26,
        "num_attention_heads" => 8,
        "num_key_value_heads" => 4,
        "max_position_embeddings" => 131_072,
        _ => null,
    };

    /// <inheritdoc/>
    protected override float EmbeddingScale(TransformerConfig config) => MathF.Sqrt(config.DModel);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) => base.Configure(parts) with
    {
        // Gemma2Config and Gemma3TextConfig have 256 where a file does not say.
        AttentionScale = HasPostNorms(parts.Config) ? QueryScale(parts.Config!) ?? Math.Sqrt(256) : null,
        OtherNorm = HasPostNorms(parts.Config) ? "the norm after attention (post_attention_layernorm)" : null,
    };

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) => base.Needs(parts, config)
        .Concat(config.OtherNorm is null ? [] : [new ForwardNeed(ForwardFeature.NormAfterAttention)]);

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"W_E is multiplied by sqrt(d_model) = {MathF.Sqrt(config.DModel):0.####}, as the model does");
        if (config.OtherNorm is { } norm)
            yield return $"{norm} is not in W_O";
        if (parts.Tensors.Contains(InLayer(parts, "layers", 0, "self_attn.q_norm.weight")))
            yield return "the norms of queries and keys (q_norm, k_norm) are not in W_Q and W_K";
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_pytorch_tanh"; // GemmaConfig, which does not follow hidden_act

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["hidden_activation"];

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        if (!HasPostNorms(parts.Config))
            return forward;
        bool second = reader.ModelType == "gemma2";
        int pattern = reader.File?.TrySize("sliding_window_pattern") ?? (second ? 2 : 6);
        int? width = reader.Width("sliding_window", 4096);
        // Gemma2Config caps where a file does not say; Gemma3TextConfig does not.
        var complete = forward with
        {
            Windows = reader.Windows(config.Layers, width, layer => (layer + 1) % pattern != 0),
            ScoreCap = reader.Above0("attn_logit_softcapping", second ? 50 : null),
            LogitCap = reader.Above0("final_logit_softcapping", second ? 30 : null),
        };
        if (config.Bidirectional && complete.Windows.Count > 0)
            reader.Refuse("windows of attention in both directions");
        return complete;
    }
}
