using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Llama, and the layout of those that follow it: separate projections, grouped keys and values (a query head has its group's W_K and
/// W_V), RMS norms, rotary positions.
/// </summary>
internal class LlamaLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "Llama";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes =>
    [
        "llama", "llama4_text", "granite", "granitemoe", "deepseek", "seed_oss", "arcee", "helium", "internlm", "internlm3", "aquila", "Yi",
    ];

    /// <inheritdoc/>
    // Alone, bare, and as the language model within a model of pictures and text, as published first and as saved since.
    protected override IReadOnlyList<string> Prefixes =>
        ["model.", "", "language_model.model.", "model.language_model.", "language_model."];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <summary>The kind of its norms.</summary>
    protected virtual string Normalization => "RMS";

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "embed_tokens",
        Layers = "layers",
        Attention = new QueryKeyValue.Separate("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
        Output = "self_attn.o_proj",
        Norm = "input_layernorm",
        FinalNorm = "norm",
        Mlp = new("mlp.up_proj", "mlp.down_proj", "mlp.gate_proj"),
        MlpNorm = "post_attention_layernorm",
        QueryNorm = "self_attn.q_norm",
        KeyNorm = "self_attn.k_norm",
    };

    /// <inheritdoc/>
    // Arcee's MLPs have no gate.
    protected override DecoderNames NamesIn(CheckpointParts parts) =>
        parts.Config?.ModelType == "arcee" ? Names with { Mlp = new("mlp.up_proj", "mlp.down_proj") } : Names;

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(AdjacentPairs: file?.ModelType == "helium");

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("head_dim");

    /// <inheritdoc/>
    // LlamaConfig's own sizes.
    protected override int? UsualSize(string field) => field switch
    {
        "hidden_size" => 4096,
        "num_hidden_layers" or "num_attention_heads" => 32,
        _ => null,
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) => Sizes(parts, "num_hidden_layers", "num_attention_heads",
        "hidden_size", "max_position_embeddings", Normalization, "rotary") with
    {
        AttentionScale = AttentionScale(parts.Config!),
    };

    // What scores are divided by where the family does not divide them by sqrt(d_head). GraniteConfig multiplies them by 1.
    private static double? AttentionScale(ModelConfigFile file) =>
        file.ModelType is "granite" or "granitemoe" ? 1 / (file.Positive("attention_multiplier") ?? 1) : QueryScale(file);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["llama", "granite", "seed_oss", "helium", "arcee"];

    /// <inheritdoc/>
    protected override string? UsualActivation => "silu"; // LlamaConfig and its kin

    /// <inheritdoc/>
    // Granite's factors.
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        if (reader.ModelType == "arcee" && reader.File?.Field("hidden_act") is null)
            reader.Refuse("hidden_act, which nothing says");
        if (reader.ModelType != "granite")
            return forward;
        reader.Follow("attention_multiplier");
        return forward with
        {
            EmbeddingFactor = reader.Number("embedding_multiplier", 1),
            ResidualFactor = reader.Number("residual_multiplier", 1),
            LogitFactor = 1 / (reader.Above0("logits_scaling", 1) ?? 1),
        };
    }
}
