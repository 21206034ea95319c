using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// nanoGPT: GPT-2's names, stored [out, in] (Linear), biases only where the model was made with them. Sizes are those of the checkpoint's
/// <c>model_args</c> or of a config.json in the same terms.
/// </summary>
internal sealed class NanoGptLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "nanoGPT";

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
    };

    /// <summary>Whether a projection to queries, keys and values is stored [3 d_model, d_model].</summary>
    public static bool StoresOutputsFirst(StoredTensor projection) =>
        projection.Info.Shape is [var outputs, var inputs] && outputs == 3 * inputs;

    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && StoresOutputsFirst(parts.Tensors.Find(Full(parts, Mark))!);

    /// <inheritdoc/>
    public override bool Matches(CheckpointParts parts) =>
        HasNames(parts) && parts.Config?.ModelType is null or "gpt2" or "nanogpt" or "gpt";

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        string context = parts.Config?.Names("block_size") == true ? "block_size" : "n_positions";
        return Sizes(parts, "n_layer", "n_head", "n_embd", context, "LN", "standard");
    }

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        // The two share one tensor where the model ties them; a fork that does not stores its own.
        string unembedding = HeadName(parts, Names.Unembedding, "weight");
        return kind == WeightKind.W_U && parts.TryView(unembedding, config.Vocabulary, config.DModel) is { } stored
            ? stored.Transpose()
            : base.Map(parts, config, kind, head);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["gpt2", "nanogpt", "gpt"];

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu"; // nn.GELU

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => null;
}
