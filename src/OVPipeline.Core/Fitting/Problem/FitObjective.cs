namespace OVPipeline.Core;

/// <summary>What a low-rank fit minimises.</summary>
public enum FitObjective
{
    /// <summary>
    /// Mean cross-entropy over the whole vocabulary, estimated in every step from the rows' labels, mined hard negatives and random
    /// tokens. The objective for large vocabularies.
    /// </summary>
    MinedSoftmax,
    /// <summary>
    /// Mean cross-entropy over the whole vocabulary, every logit computed. The reference, and the faster one for small vocabularies.
    /// </summary>
    FullSoftmax,
    /// <summary>
    /// Squared error of the V x V map against the one-hot labels, solved in closed form: no steps are taken.
    /// </summary>
    SquaredError,
}
