using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>CodeGen: GPT-J with one tensor for queries, values and keys, cut for the four devices on which it was trained.</summary>
internal sealed class CodeGenLayout : GptJLayout
{
    private const int Partitions = 4; // CodeGenAttention.forward: mp_num

    /// <inheritdoc/>
    public override string Name => "CodeGen";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["codegen"];

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { Attention = new QueryKeyValue.ByPartition("attn.qkv_proj", Partitions) };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var config = base.Configure(parts);
        return config.Heads % Partitions == 0 ? config : throw new CheckpointException(parts.RequireConfig(Name).Path, "n_head",
            $"{config.Heads} heads do not come in {Partitions} equal partitions, as those of this family do.");
    }
}
