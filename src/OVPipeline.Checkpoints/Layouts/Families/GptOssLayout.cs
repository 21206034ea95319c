using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// gpt-oss: Llama's attention with biases and a learned sink a head; mixtures of experts, stored in four bits, stand where its MLPs would
/// and are not read.
/// </summary>
internal sealed class GptOssLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "gpt-oss";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_oss"];

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(Base: 150_000); // GptOssConfig.rope_theta

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("head_dim") ?? 64; // GptOssConfig.head_dim

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        ["the sinks, to which heads can attend in place of tokens, are in no weight"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => [];
}
