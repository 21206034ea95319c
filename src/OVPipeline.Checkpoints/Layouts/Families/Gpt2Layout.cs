using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>GPT-2: one tensor for queries, keys and values, stored [in, out] (Conv1D); tied embeddings, learned positions.</summary>
internal sealed class Gpt2Layout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Positions = "wpe",
        Layers = "h",
        Attention = new QueryKeyValue.ByPart("attn.c_attn"),
        Output = "attn.c_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.c_fc", "mlp.c_proj"),
        MlpNorm = "ln_2",
        InputsFirst = true,
        NeedsBiases = true,
    };

    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && !NanoGptLayout.StoresOutputsFirst(parts.Tensors.Find(Full(parts, Mark))!);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "standard");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new"; // GPT2Config

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("n_inner");
}
