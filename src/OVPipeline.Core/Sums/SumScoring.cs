namespace OVPipeline.Core;

/// <summary>Ranks of many sums of circuits at once.</summary>
public static class SumScoring
{
    /// <summary>As many as any row has columns before its label.</summary>
    internal const int Every = int.MaxValue - 1;

    // What bounds save of scoring a circuit alone: between a half and two thirds of the multiplications (docs/performance.md). A sweep that
    // shares parts' logits computes them all, where ranks are wanted to the end.
    private const double SavedAlone = 2.5;

    // Where fewer ranks matter than one in a thousand, a row in no order is left within a hundredth of its columns: no bound saves that.
    private const int EarlyShare = 1000;

    /// <summary>
    /// Ranks every token in its own row of every sum, exactly: to the bit what scoring each sum's circuit alone gives. Parts that several
    /// sums share are multiplied once, on an engine of this library; others score sum by sum.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <returns>For each sum V ranks, each 1-based: that of token i's own logit in row i, of equal ones the lower token first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<int[]> RankSums(
        this IScoringEngine engine, CircuitSums sums, CancellationToken cancellationToken = default) =>
        RankSumsUpTo(engine, sums, Every, cancellationToken);

    /// <summary>
    /// The same where only ranks up to <paramref name="deepest"/> matter: a row is left as soon as so many columns come before its token,
    /// which is soon in a circuit that does not copy.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="deepest">The largest rank that is told from those behind it, at least 1.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <returns>For each sum V ranks as above; those behind <paramref name="deepest"/> are all <c>deepest + 1</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deepest"/> is below 1.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    internal static IReadOnlyList<int[]> RankSumsUpTo(
        this IScoringEngine engine, CircuitSums sums, int deepest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentOutOfRangeException.ThrowIfLessThan(deepest, 1);
        double shared = sums.Parts.Sum(part => (double)part.Rank);
        double alone = sums.Sums.SelectMany(sum => sum).Sum(part => (double)sums.Parts[part].Rank);
        if (engine is CpuEngine cpu && (deepest < sums.Vocabulary / EarlyShare || alone > SavedAlone * shared))
            return SumSweep.Ranks(cpu, sums, deepest, cancellationToken);
        return [.. Enumerable.Range(0, sums.Sums.Count).Select(Alone)];

        int[] Alone(int sum)
        {
            var options = new ScoringOptions { LabelRank = true };
            int[] ranks = engine.ScoreVocabulary(sums.Circuit(sum), options, cancellationToken: cancellationToken).LabelRanks;
            return deepest < ranks.Length ? [.. ranks.Select(rank => Math.Min(rank, deepest + 1))] : ranks;
        }
    }
}
