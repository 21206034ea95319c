using OVPipeline.Core;

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
    protected override DecoderNames Names => base.Names with { Mlp = new("mlp.c_fc", "mlp.c_proj") };

    /// <inheritdoc/>
    // Without a model type the names are StableLM's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_pytorch_tanh"; // Starcoder2Config

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int? width = reader.Width("sliding_window");
        return forward with { Windows = reader.Windows(config.Layers, width, _ => true) };
    }
}
