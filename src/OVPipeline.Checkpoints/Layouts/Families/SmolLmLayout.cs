namespace OVPipeline.Checkpoints;

/// <summary>Families of Llama's layout whose embeddings are tied where config.json does not say: SmolLM 3, MiniCPM, ERNIE 4.5.</summary>
internal sealed class SmolLmLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "SmolLM 3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["smollm3", "minicpm", "ernie4_5", "ernie4_5_moe"];

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) =>
        new(Base: file?.ModelType == "smollm3" ? 2_000_000 : 10_000); // SmolLM3Config.rope_theta

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    // Without a model type the names are Llama's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);
}
