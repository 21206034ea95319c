namespace OVPipeline.Core;

/// <summary>What to compute for each scored row. Nothing is computed that is not asked for.</summary>
public sealed record ScoringOptions
{
    /// <summary>The largest number of top tokens that can be asked for.</summary>
    public const int MaxTopK = 1024;

    /// <summary>How many of the highest-scoring tokens to return, in [0, 1024] and at most V; 0 for none.</summary>
    public int TopK { get; init; }

    /// <summary>Whether to compute the 1-based rank of the row's label among all V logits.</summary>
    public bool LabelRank { get; init; }

    /// <summary>
    /// Whether to compute the label's log-loss, -log softmax, in nats, over all V logits. As many of the highest terms are summed in double
    /// as there are top tokens, and no fewer than 8: with more than 8 the last bits are not those of the loss alone.
    /// </summary>
    public bool LabelLogLoss { get; init; }

    /// <summary>Whether to compute all V probabilities of the row (this alone costs V values a row).</summary>
    public bool Probabilities { get; init; }

    /// <summary>
    /// Whether to compute the mean and the variance of the logits under the row's own softmax: the derivatives that fit a temperature.
    /// </summary>
    public bool LogitMoments { get; init; }

    /// <summary>Logits are multiplied by this before any softmax. Ranks and top scores are not affected.</summary>
    public double InverseTemperature { get; init; } = 1;

    /// <summary>Whether anything that sums exponentials is asked for.</summary>
    internal bool HasSoftmax => LabelLogLoss || Probabilities || LogitMoments || NaturalLogLoss;

    /// <summary>
    /// Beside what is asked for at <see cref="InverseTemperature"/>, the label's log-loss at 1: of the same logits, for one more
    /// exponential each. Only <see cref="CpuEngine"/> has it.
    /// </summary>
    internal bool NaturalLogLoss { get; init; }

    /// <summary>
    /// Beside the label's rank, whether another column's logit comes so near the label's that it may be equal: where none does, the rank
    /// from below is V + 1 less the rank. Only <see cref="CpuEngine"/> has it.
    /// </summary>
    internal bool LabelIsClose { get; init; }
}
