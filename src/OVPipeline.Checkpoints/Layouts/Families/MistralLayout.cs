namespace OVPipeline.Checkpoints;

/// <summary>Mistral and Mixtral: Llama's attention.</summary>
internal sealed class MistralLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Mistral";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mistral", "mixtral"];
}
