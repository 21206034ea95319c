using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Apertus: Llama with other names for its norms, and norms of queries and keys.</summary>
internal sealed class ApertusLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Apertus";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["apertus"];

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { Norm = "attention_layernorm" };

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        ["the norms of queries and keys (q_norm, k_norm) are not in W_Q and W_K"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => [];
}
