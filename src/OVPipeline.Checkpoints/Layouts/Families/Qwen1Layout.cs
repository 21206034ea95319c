using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Qwen 1: one tensor for queries, keys and values with a bias, stored [out, in]; RMS norms, rotary positions.</summary>
internal sealed class Qwen1Layout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "Qwen 1";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Layers = "h",
        Attention = new QueryKeyValue.ByPart("attn.c_attn"),
        Output = "attn.c_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.w1", "mlp.c_proj", "mlp.w2"),
        MlpNorm = "ln_2",
    };

    /// <inheritdoc/>
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("kv_channels");

    /// <inheritdoc/>
    // nanoGPT's names are these with positions: only the model type says which it is.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        string context = parts.Config?.TrySize("seq_length") is null ? "max_position_embeddings" : "seq_length";
        return Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", context, "RMS", "rotary");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "silu"; // QWenMLP has no other

    /// <inheritdoc/>
    protected override string[] ActivationFields => [];

    /// <inheritdoc/>
    // What is said is the width of both projections together.
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("intermediate_size") / 2;

    /// <inheritdoc/>
    // It changes what is beyond seq_length alone, and no sequence is; nor is what use_logn_attn changes.
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        var file = parts.RequireConfig(Name);
        if (file.TrySize("seq_length") is null && file.Flag("use_dynamic_ntk") == true)
            reader.Refuse("use_dynamic_ntk true, beyond a seq_length that nothing says");
        return forward;
    }
}
