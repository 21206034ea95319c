using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>OLMoE: Llama's attention with norms of queries and keys; mixtures of experts stand where its MLPs would.</summary>
internal sealed class OlmoeLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "OLMoE";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["olmoe"];

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        ["the norms of queries and keys (q_norm, k_norm) are not in W_Q and W_K"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => [];
}
