using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// OLMo 2 and 3: Llama's projections, with no norm before attention but one of what it writes, and norms of queries and keys.
/// </summary>
internal sealed class Olmo2Layout : LlamaLayout
{
    private const string AfterAttention = "post_attention_layernorm";

    /// <inheritdoc/>
    public override string Name => "OLMo 2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["olmo2", "olmo3"];

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with
    {
        Norm = null,
        MlpNorm = null,
        AttentionPostNorm = AfterAttention,
        MlpPostNorm = "post_feedforward_layernorm",
    };

    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && parts.Tensors.Contains(InLayer(parts, Names.Layers, 0, $"{AfterAttention}.weight"))
        && !parts.Tensors.Contains(InLayer(parts, Names.Layers, 0, "input_layernorm.weight"));

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) => base.Configure(parts) with
    {
        Normalization = null,
        FinalNormalization = "RMS",
        OtherNorm = $"the norm after attention ({AfterAttention})",
    };

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) =>
        base.Needs(parts, config).Append(new(ForwardFeature.NormAfterAttention));

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
    [
        "no norm stands before attention", $"{config.OtherNorm} is not in W_O",
        "the norms of queries and keys (q_norm, k_norm) are not in W_Q and W_K",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        if (reader.ModelType != "olmo3")
            return forward;
        int? width = reader.Width("sliding_window", 4096); // Olmo3Config
        var complete = forward with { Windows = reader.Windows(config.Layers, width, layer => (layer + 1) % 4 != 0) };
        // transformers 4.57 scales on layers that see all positions alone, version 5 on all of them.
        if (complete is { Windows.Count: > 0, Rotary.Scaling: not null })
            reader.Refuse("scaled rotary frequencies beside windows");
        return complete;
    }
}
