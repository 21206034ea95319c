using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Phi 1, 1.5 and 2: Llama's names with layer norms and biases everywhere, the unembedding's too; attention and MLP in parallel, rotary
/// positions on part of each head.
/// </summary>
internal sealed class PhiLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Phi";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phi"];

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(Share: 0.5); // PhiConfig

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with
    {
        Output = "self_attn.dense",
        FinalNorm = "final_layernorm",
        NeedsBiases = true,
        Mlp = new("mlp.fc1", "mlp.fc2"),
        MlpNorm = null,
        QueryNorm = "self_attn.q_layernorm",
        KeyNorm = "self_attn.k_layernorm",
    };

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => null;

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new"; // PhiConfig
}
