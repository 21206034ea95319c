namespace OVPipeline.Checkpoints;

/// <summary>Nemotron: Llama's names behind layer norms whose gains are stored minus 1.</summary>
internal sealed class NemotronLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Nemotron";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["nemotron"];

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(Share: 0.5); // NemotronConfig

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { GainShift = 1, Mlp = new("mlp.up_proj", "mlp.down_proj") };

    /// <inheritdoc/>
    // Only the model type tells how gains are stored.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "relu2"; // NemotronConfig
}
