using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>minGPT (Othello-GPT): separate projections with biases, learned positions, an unembedding of its own.</summary>
internal sealed class MinGptLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "minGPT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mingpt"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => [""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "tok_emb",
        Unembedding = "head",
        Layers = "blocks",
        Attention = new QueryKeyValue.Separate("attn.query", "attn.key", "attn.value"),
        Output = "attn.proj",
        Norm = "ln1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.0", "mlp.2"),
        MlpNorm = "ln2",
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "block_size", "LN", "standard");

    /// <inheritdoc/>
    // Positions are a tensor of their own, [1, n_ctx, d_model].
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head) =>
        kind == WeightKind.W_pos && config.Context > 0
            ? parts.View("pos_emb", 1, config.Context, config.DModel).At(0)
            : base.Map(parts, config, kind, head);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu"; // nn.GELU in its first version, whose names these are

    /// <inheritdoc/>
    protected override string[] ActivationFields => [];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => null;
}
