namespace OVPipeline.Core;

/// <summary>
/// What the weights say of one head: a row of the head atlas. Everything is over the whole vocabulary, exactly, and of its full OV
/// circuit unless it says QK.
/// </summary>
public sealed record HeadProfile
{
    /// <summary>The head.</summary>
    public required HeadIndex Head { get; init; }

    /// <summary>Inner size of the OV circuit: its rank is at most this.</summary>
    public required int Rank { get; init; }

    /// <summary>
    /// Share of rows whose diagonal entry is among the k largest; null where copying is not defined (<see
    /// cref="TransformerConfig.NoCopying"/>).
    /// </summary>
    public required TopShares? Copying { get; init; }

    /// <summary>
    /// Share of rows whose diagonal entry is among the k smallest, of equal entries the lower column first; null where copying is not
    /// defined.
    /// </summary>
    public required TopShares? Suppression { get; init; }

    /// <summary>
    /// The separation d' behind the copying share (<see cref="SignalSeparation"/>); null at 0, at 1, for one token, and where copying is
    /// not defined.
    /// </summary>
    public required double? DPrime { get; init; }

    /// <summary>Eigenvalue copying score (<see cref="TokenCircuit.CopyingScore"/>); null where copying is not defined.</summary>
    public required double? CopyingScore { get; init; }

    /// <summary>Singular values, largest first.</summary>
    public required IReadOnlyList<double> SingularValues { get; init; }

    /// <summary>Effective rank as participation ratio of the squared singular values.</summary>
    public double ParticipationRatio => EffectiveRank.ParticipationRatio(SingularValues);

    /// <summary>Effective rank as exponential entropy of the squared singular values.</summary>
    public double EntropyRank => EffectiveRank.Entropy(SingularValues);

    /// <summary>
    /// The tokens that the head copies most: those with the lowest log-loss at their own row, best first. None where copying is not
    /// defined.
    /// </summary>
    public required IReadOnlyList<AtlasToken> TopCopied { get; init; }

    /// <summary>The tokens that the head suppresses most: the same of the negated circuit.</summary>
    public required IReadOnlyList<AtlasToken> TopSuppressed { get; init; }

    /// <summary>
    /// Where tokens' own logits stand in their rows and columns; null where copying is not defined, or where it was not asked for.
    /// </summary>
    public OwnTokenProfile? OwnToken { get; init; }

    /// <summary>
    /// The copy score of names (<see cref="Core.CopyScore"/>): share of names of one token whose own logit is among the five highest of
    /// their row; null where no name is one token, or where copying is not defined.
    /// </summary>
    public double? NameCopyScore { get; init; }

    /// <summary>The QK circuit; null where the model has no W_Q and W_K, or where it was not asked for.</summary>
    public QKProfile? QK { get; init; }

    /// <summary>The positional pattern; null where the model has no W_pos, W_Q and W_K.</summary>
    public PositionalProfile? Positional { get; init; }
}
