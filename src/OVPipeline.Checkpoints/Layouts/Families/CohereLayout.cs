using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Cohere's Command R: Llama's names behind layer norms without biases, tied embeddings, attention and MLP in parallel.</summary>
internal sealed class CohereLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Cohere";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["cohere", "cohere2"];

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(AdjacentPairs: true);

    /// <inheritdoc/>
    // Without a model type the names are Llama's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => true;

    /// <inheritdoc/>
    // Where config.json says it, the field itself is among those that are not followed.
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        string? unsaid = parts.Config?.Field("logit_scale") is null ? "logit_scale 0.0625 of CohereConfig" : null;
        return base.Configure(parts) with { NotRun = unsaid, NotInLogits = unsaid };
    }
}
