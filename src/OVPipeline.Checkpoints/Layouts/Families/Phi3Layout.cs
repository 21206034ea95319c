using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Phi 3 and 4: Llama with one tensor for queries, keys and values, and one for gate and MLP.</summary>
internal sealed class Phi3Layout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Phi 3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["phi3"];

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with
    {
        Attention = new QueryKeyValue.ByPart("self_attn.qkv_proj"),
        Mlp = new("mlp.gate_up_proj", "mlp.down_proj", "mlp.gate_up_proj"),
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int? width = reader.Width("sliding_window");
        return forward with { Windows = reader.Windows(config.Layers, width, _ => true) };
    }
}
