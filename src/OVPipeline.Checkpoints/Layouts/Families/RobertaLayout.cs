using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>RoBERTa, XLM-RoBERTa and CamemBERT: BERT with two rows of padding before its positions, and another head.</summary>
internal sealed class RobertaLayout : BertLayout
{
    /// <inheritdoc/>
    public override string Name => "RoBERTa";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["roberta", "xlm-roberta", "camembert"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["roberta.", ""];

    /// <inheritdoc/>
    protected override int PaddingPositions => 2; // padding_idx 1: the first token is at 2

    /// <inheritdoc/>
    protected override (string Decoder, string Bias, string Norm) Head =>
        ("lm_head.decoder.weight", "lm_head.bias", "lm_head.layer_norm");

    /// <inheritdoc/>
    protected override string Transform => "lm_head.dense";

    /// <inheritdoc/>
    protected override string TransformName => "lm_head.dense";

    /// <inheritdoc/>
    protected override ActivationKind? HeadActivation => ActivationKind.Gelu; // RobertaLMHead

    /// <inheritdoc/>
    // A bare model has BERT's names: only the model type tells of the padding.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);
}
