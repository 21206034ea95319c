namespace OVPipeline.Checkpoints;

/// <summary>Phi 3.5-MoE: Llama's attention with biases behind layer norms; mixtures of experts stand where its MLPs would.</summary>
internal sealed class PhiMoeLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Phi-MoE";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phimoe"];

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    // Without a model type the names are StableLM's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => [];
}
