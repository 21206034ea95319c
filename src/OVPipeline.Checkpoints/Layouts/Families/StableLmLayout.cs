using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Llama's projections behind layer norms: StableLM (biases of queries, keys and values where the model has them, rotary positions on part
/// of each head, attention and MLP in parallel in some).
/// </summary>
internal sealed class StableLmLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "StableLM";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["stablelm", "stablelm_epoch"];

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with
    {
        QueryNorm = "self_attn.q_layernorm",
        KeyNorm = "self_attn.k_layernorm",
    };

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(Share: 0.25); // StableLmConfig

    /// <inheritdoc/>
    // RMS norms have no biases: without a model type those tell the kind.
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && parts.Tensors.Contains(Full(parts, $"{Names.FinalNorm}.bias"));

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => file.Flag("use_parallel_residual") ?? false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["stablelm"];
}
