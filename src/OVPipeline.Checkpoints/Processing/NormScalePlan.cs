using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Whether a model's norms can be held at fixed scales, and the words that record where they cannot.</summary>
/// <param name="Held">Whether they are.</param>
/// <param name="Notes">Why they are not, where that was asked for.</param>
internal sealed record NormScalePlan(bool Held, IReadOnlyList<string> Notes)
{
    public static NormScalePlan Of(NormScaleSource asked, TransformerConfig config)
    {
        if (asked == NormScaleSource.None)
            return new(false, []);
        string? why = config switch
        {
            { OtherNorm: { } norm, Normalization: null } => $"{norm} is in no weight",
            { Normalization: null } => "the model has no normalization",
            { Normalization: TransformerConfig.UnknownNormalization } => "which normalization the model has is not known",
            { OtherNorm: { } norm } => $"{norm} is in no weight",
            _ when config.FinalNormalization != config.Normalization =>
                $"{config.Normalization} stands before attention, {config.FinalNormalization ?? "nothing"} before the unembedding",
            _ => null,
        };
        return new(why is null, why is null ? [] : [$"no norm's scale is held: {why}"]);
    }

    /// <summary>The weights at the scales planned.</summary>
    public TransformerWeights Apply(TransformerWeights weights) =>
        Held ? weights.WithNormScales(NormScales.OfLoneEmbedding(weights)) : weights;
}
