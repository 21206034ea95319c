using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GPT-BigCode (StarCoder): GPT-2's names, stored [out, in] (Linear), and by default one head of keys and values for all queries; else
/// queries, keys and values interleaved by head.
/// </summary>
internal sealed class GptBigCodeLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-BigCode";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_bigcode"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    // With one group the queries come first, then its keys, then its values, either way.
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Positions = "wpe",
        Layers = "h",
        Attention = new QueryKeyValue.ByGroup("attn.c_attn"),
        Output = "attn.c_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.c_fc", "mlp.c_proj"),
        MlpNorm = "ln_2",
        NeedsBiases = true,
    };

    /// <inheritdoc/>
    protected override int KeyValueHeads(CheckpointParts parts, TransformerConfig config) =>
        parts.RequireConfig(Name).Flag("multi_query") == false ? config.Heads : 1;

    /// <inheritdoc/>
    // GPT-2 itself has the same names; only the model type says how these are stored.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "standard");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_pytorch_tanh"; // GPTBigCodeConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("n_inner");
}
