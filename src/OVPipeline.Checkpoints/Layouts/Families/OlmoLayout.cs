using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>OLMo 1: Llama's projections behind layer norms without gains and biases.</summary>
internal sealed class OlmoLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "OLMo";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["olmo"];

    /// <inheritdoc/>
    // A layer norm without gains computes what one does whose gains were folded.
    protected override string Normalization => "LNPre";

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { Norm = null, FinalNorm = null, MlpNorm = null };

    /// <inheritdoc/>
    // Without gains to tell by, only the model type does.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) => ["the model's layer norms have no gains"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config,
        ForwardConfig forward) => forward with { ProjectionLimit = reader.Above0("clip_qkv") };
}
