using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// SantaCoder, whose config.json calls it GPT-2: one head of keys and values for all queries, in two tensors stored [in, out] (Conv1D).
/// </summary>
internal sealed class SantaCoderLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "SantaCoder";

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
        Attention = new QueryKeyValue.QueriesApart("attn.q_attn", "attn.kv_attn"),
        Output = "attn.c_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.c_fc", "mlp.c_proj"),
        MlpNorm = "ln_2",
        InputsFirst = true,
        NeedsBiases = true,
    };

    /// <inheritdoc/>
    protected override int KeyValueHeads(CheckpointParts parts, TransformerConfig config) => 1;

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "standard");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_fast"; // as bigcode/santacoder

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("n_inner");
}
