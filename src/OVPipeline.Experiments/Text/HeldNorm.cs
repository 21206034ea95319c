using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What is held fixed so that heads add linearly to the logits.</summary>
internal static class HeldNorm
{
    private static readonly ReportNote s_note = new("The norm's scale",
        "The norm before the unembedding is held at the scale it has at each position of the text, so that what heads write adds linearly "
        + "to the logits. The model's own norm would answer to a change in what they write: losses under a change leave that out.");

    /// <summary>The remark on it; none for a model without norms.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static IReadOnlyList<ReportNote> Notes(TransformerConfig config) => config.Normalization is null ? [] : [s_note];
}
