namespace OVPipeline.Core;

/// <summary>
/// Room for the scores of a block of rows, reused from block to block. Arrays that were not asked for are empty. Row i's values lie at
/// i, its top tokens at [i TopK, (i + 1) TopK), its probabilities at [i V, (i + 1) V).
/// </summary>
public sealed class ScoredRows
{
    /// <summary>Room for <paramref name="capacity"/> rows over a vocabulary.</summary>
    /// <exception cref="ArgumentOutOfRangeException">TopK is negative, above 1024 or above the vocabulary.</exception>
    public ScoredRows(ScoringOptions options, int capacity, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        int most = Math.Min(vocabulary, ScoringOptions.MaxTopK);
        if (options.TopK < 0 || options.TopK > most)
            throw new ArgumentOutOfRangeException(nameof(options), options.TopK, $"TopK must be in [0, {most}], was {options.TopK}.");
        Options = options;
        Capacity = capacity;
        Vocabulary = vocabulary;
        TopTokens = new int[checked(capacity * options.TopK)];
        TopScores = new float[TopTokens.Length];
        LabelRanks = new int[options.LabelRank ? capacity : 0];
        LabelIsClose = new bool[options.LabelIsClose ? capacity : 0];
        LabelLogLosses = new double[options.LabelLogLoss ? capacity : 0];
        NaturalLogLosses = new double[options.NaturalLogLoss ? capacity : 0];
        LogitMeans = new double[options.LogitMoments ? capacity : 0];
        LogitVariances = new double[LogitMeans.Length];
        Probabilities = new float[options.Probabilities ? checked(capacity * vocabulary) : 0];
    }

    /// <summary>What is computed.</summary>
    public ScoringOptions Options { get; }

    /// <summary>Rows there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Tokens in the vocabulary, V.</summary>
    public int Vocabulary { get; }

    /// <summary>The highest-scoring tokens, best first; of equal logits the lower token comes first, as torch.argmax counts.</summary>
    public int[] TopTokens { get; }

    /// <summary>Their logits.</summary>
    public float[] TopScores { get; }

    /// <summary>
    /// 1-based rank of the row's label: one more than the number of tokens that come before it. 0 where the row has no label.
    /// </summary>
    public int[] LabelRanks { get; }

    /// <summary>Whether another column's logit may be the label's; true where the row has no label.</summary>
    internal bool[] LabelIsClose { get; }

    /// <summary>Log-loss of the row's label in nats, unclamped. NaN where the row has no label.</summary>
    public double[] LabelLogLosses { get; }

    /// <summary>The same at inverse temperature 1, whatever the options' is.</summary>
    internal double[] NaturalLogLosses { get; }

    /// <summary>Mean logit under the row's softmax (at the options' temperature; the logit itself is not scaled).</summary>
    public double[] LogitMeans { get; }

    /// <summary>Variance of the logit under the row's softmax.</summary>
    public double[] LogitVariances { get; }

    /// <summary>All probabilities.</summary>
    public float[] Probabilities { get; }

    /// <summary>
    /// Rows of the last scoring of which single precision could not decide a rank or an order, so that it was decided in double
    /// precision or exactly. An engine that does not certify its decisions leaves it 0.
    /// </summary>
    public int RecheckedRows { get; internal set; }

    /// <summary>
    /// The share of the work of all multiplications that the last scoring did. The rest was saved because a bound ruled logits out:
    /// Cauchy and Schwarz on rows and columns, or a sum of bytes, which counts as the third of a sum in single precision that it costs.
    /// 1 for an engine that computes all.
    /// </summary>
    public double ComputedShare { get; internal set; } = 1;

    /// <summary>What the processor's engine scores with, kept from block to block.</summary>
    internal ScoringBlocks? Blocks { get; set; }

    /// <summary>Takes over the first rows of a scoring of a block, all but probabilities.</summary>
    internal void CopyFrom(ScoredRows block, int first, int count)
    {
        Copy(block.TopTokens, TopTokens, Options.TopK);
        Copy(block.TopScores, TopScores, Options.TopK);
        Copy(block.LabelRanks, LabelRanks, Options.LabelRank ? 1 : 0);
        Copy(block.LabelIsClose, LabelIsClose, Options.LabelIsClose ? 1 : 0);
        Copy(block.LabelLogLosses, LabelLogLosses, Options.LabelLogLoss ? 1 : 0);
        Copy(block.LogitMeans, LogitMeans, Options.LogitMoments ? 1 : 0);
        Copy(block.LogitVariances, LogitVariances, Options.LogitMoments ? 1 : 0);
        RecheckedRows += block.RecheckedRows;
        ComputedShare = (ComputedShare * first + block.ComputedShare * count) / (first + count);

        void Copy<T>(T[] from, T[] to, int perRow) => Array.Copy(from, 0, to, first * perRow, count * perRow);
    }

    /// <summary>Takes over one row of another scoring with the same options.</summary>
    internal void CopyRow(ScoredRows from, int row, int to)
    {
        Copy(from.TopTokens, TopTokens, Options.TopK);
        Copy(from.TopScores, TopScores, Options.TopK);
        Copy(from.LabelRanks, LabelRanks, Options.LabelRank ? 1 : 0);
        Copy(from.LabelIsClose, LabelIsClose, Options.LabelIsClose ? 1 : 0);
        Copy(from.LabelLogLosses, LabelLogLosses, Options.LabelLogLoss ? 1 : 0);
        Copy(from.LogitMeans, LogitMeans, Options.LogitMoments ? 1 : 0);
        Copy(from.LogitVariances, LogitVariances, Options.LogitMoments ? 1 : 0);
        Copy(from.Probabilities, Probabilities, Options.Probabilities ? Vocabulary : 0);

        void Copy<T>(T[] source, T[] target, int perRow) => Array.Copy(source, (long)row * perRow, target, (long)to * perRow, perRow);
    }
}
