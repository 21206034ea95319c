using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Phi 1, 1.5 and 2 in the names of Microsoft's own first files (<c>phi-msft</c>): one tensor for queries, keys and values.
/// </summary>
internal sealed class PhiMsftLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "Phi (first files)";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phi-msft"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer."];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "embd.wte",
        Unembedding = "lm_head.linear",
        Layers = "h",
        Attention = new QueryKeyValue.ByPart("mixer.Wqkv"),
        Output = "mixer.out_proj",
        Norm = "ln",
        NeedsBiases = true,
        Mlp = new("mlp.fc1", "mlp.fc2"),
    };

    /// <inheritdoc/>
    protected override int KeyValueHeads(CheckpointParts parts, TransformerConfig config) =>
        parts.RequireConfig(Name).TrySize("n_head_kv") ?? config.Heads;

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => true;

    /// <inheritdoc/>
    // The last norm stands beside the model, with the unembedding.
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head) => kind switch
    {
        WeightKind.ln_final_w => parts.View("lm_head.ln.weight", config.DModel),
        WeightKind.ln_final_b => parts.View("lm_head.ln.bias", config.DModel),
        _ => base.Map(parts, config, kind, head),
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "rotary");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new() { Dimensions = 32 }; // rotary_dim

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new";

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("n_inner");
}
