using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Gemma 1 to 3 (text): Llama's names; embeddings enter the residual stream times sqrt(d_model), norms are stored as their gain minus
/// 1, and W_U is tied to the embedding as stored.
/// </summary>
internal sealed class GemmaLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Gemma";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gemma", "gemma2", "gemma3_text"];

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    // 256 is GemmaConfig's own default: its heads are wider than d_model / heads.
    protected override int? HeadWidth(ModelConfigFile file) => file.TrySize("head_dim") ?? 256;

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        var view = base.Map(parts, config, kind, head);
        return kind switch
        {
            WeightKind.W_E => view! with { Scale = MathF.Sqrt(config.DModel) },
            WeightKind.ln1_w or WeightKind.ln_final_w => view! with { Shift = 1 },
            _ => view,
        };
    }

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts) => base.Configure(parts) with
    {
        OtherNorm = parts.Config?.ModelType is "gemma2" or "gemma3_text" ? "the norm after attention (post_attention_layernorm)" : null,
    };

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"W_E is multiplied by sqrt(d_model) = {MathF.Sqrt(config.DModel):0.####}, as the model does");
        if (config.OtherNorm is { } norm)
            yield return $"{norm} is not in W_O";
    }
}
