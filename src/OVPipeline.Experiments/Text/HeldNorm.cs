using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What is held fixed so that heads add linearly to the logits, and what is run again where they do not.</summary>
internal static class HeldNorm
{
    private static readonly ReportNote s_held = new("The norm's scale",
        "The norm before the unembedding is held at the scale it has at each position of the text, so that what heads write adds linearly "
        + "to the logits. The model's own norm would answer to a change in what they write: losses under a change leave that out.");

    private static readonly ReportNote s_runAgain = new("The model after the heads",
        "Losses under a change are the model's own: all that comes after the two heads is run again with what is put in their place, its "
        + "norms, MLPs and later layers as they then are.");

    private static readonly ReportNote s_direct = new("Direct paths",
        "What heads add to the logits is what they add by the direct path, with the norm before the unembedding at the scale that it has "
        + "at each position in the model as it is. What later layers and MLPs make of it is left as it is there, and is in no part.");

    /// <summary>The remarks on it; none for a model without norms in whose last layer they stand.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="runAgain">Whether the model after the heads is run again.</param>
    /// <param name="direct">Whether direct paths are spoken of.</param>
    public static IReadOnlyList<ReportNote> Notes(TransformerConfig config, bool runAgain = false, bool direct = false)
    {
        if (runAgain)
            return direct ? [s_runAgain, s_direct] : [s_runAgain];
        return config.Normalization is null ? [] : [s_held];
    }
}
