using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GPT-J: separate projections without biases, an unembedding of its own with a bias, rotary positions on part of each head, attention and
/// MLP in parallel.
/// </summary>
internal class GptJLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-J";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gptj"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override bool TiedByDefault => false;

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) =>
        new(AdjacentPairs: true) { Dimensions = file?.Names("rotary_dim") == true ? null : 64 }; // GPTJConfig.rotary_dim

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Layers = "h",
        Attention = new QueryKeyValue.Separate("attn.q_proj", "attn.k_proj", "attn.v_proj"),
        Output = "attn.out_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.fc_in", "mlp.fc_out"),
    };

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => true;

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) =>
        Sizes(parts, "n_layer", "n_head", "n_embd", "n_positions", "LN", "rotary");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new"; // GPTJConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => file.TrySize("n_inner");
}
