namespace OVPipeline.Checkpoints;

/// <summary>StarCoder 2: Llama's names behind layer norms, biases everywhere, tied embeddings.</summary>
internal sealed class StarCoder2Layout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "StarCoder 2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["starcoder2"];

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    // Without a model type the names are StableLM's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);
}
