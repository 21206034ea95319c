using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Which of the options asked for keep what a model computes, and the words that record what was done.</summary>
internal sealed record ProcessingPlan(CheckpointOptions Options, IReadOnlyList<string> Notes)
{
    /// <param name="asked">What the caller asked for.</param>
    /// <param name="config">The model's sizes and kind.</param>
    /// <param name="raw">Its stored weights.</param>
    /// <param name="capsLogits">Whether the model passes its logits through a non-linear cap.</param>
    public static ProcessingPlan Of(CheckpointOptions asked, TransformerConfig config, IWeightSource raw, bool capsLogits)
    {
        List<string> notes = [];
        bool layerNorm = config.Normalization == "LN";
        return new(new CheckpointOptions
        {
            FoldLayerNorm = Decide(asked.FoldLayerNorm, raw.Has(WeightKind.ln1_w) || raw.Has(WeightKind.ln_final_w),
                layerNorm ? "layer norm is folded into W_Q, W_K, W_V, W_U and their biases" : "RMS norm is folded into W_Q, W_K, W_V and W_U",
                "no normalization is folded: the model stores no gains"),
            CenterWritingWeights = Decide(asked.CenterWritingWeights, layerNorm,
                "W_E, W_pos, W_O and b_O are centred over d_model",
                $"writing weights are not centred: {(config.Normalization is null ? "the model has no normalization" : "RMS norm keeps the mean")}"),
            CenterUnembed = Decide(asked.CenterUnembed, !capsLogits, "W_U and b_U are centred over the vocabulary", "W_U is not centred: the model caps its logits"),
            FoldValueBiases = Decide(asked.FoldValueBiases, raw.Has(WeightKind.b_V) || (asked.FoldLayerNorm && raw.Has(WeightKind.ln1_b)),
                "b_V is folded into b_O", "no value biases are folded: the model has none"),
        }, notes);

        bool Decide(bool wanted, bool sound, string done, string skipped)
        {
            if (wanted)
                notes.Add(sound ? done : skipped);
            return wanted && sound;
        }
    }
}
