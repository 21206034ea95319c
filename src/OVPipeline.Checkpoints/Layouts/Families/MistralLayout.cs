using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Mistral, Mixtral and Ministral: Llama's attention; mixtures of experts stand where their MLPs would.</summary>
internal sealed class MistralLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Mistral";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral", "mixtral", "ministral", "ministral3"];

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) =>
        new(Base: file?.ModelType == "mixtral" ? 1_000_000 : 10_000); // MixtralConfig.rope_theta

    /// <inheritdoc/>
    // MistralConfig's own.
    protected override int? UsualSize(string field) => field == "num_key_value_heads" ? 8 : base.UsualSize(field);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["mistral"];

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int? width = reader.Width("sliding_window", 4096); // MistralConfig
        return forward with { Windows = reader.Windows(config.Layers, width, _ => true) };
    }
}
