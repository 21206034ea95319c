namespace OVPipeline.Core;

/// <summary>Ranks of many sums of circuits at once.</summary>
public static class SumScoring
{
    // What bounds save of scoring a circuit alone: between a half and two thirds of the multiplications (docs/performance.md). A sweep that
    // shares parts' logits computes them all.
    private const double SavedAlone = 2.5;

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
        this IScoringEngine engine, CircuitSums sums, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(sums);
        double shared = sums.Parts.Sum(part => (double)part.Rank);
        double alone = sums.Sums.SelectMany(sum => sum).Sum(part => (double)sums.Parts[part].Rank);
        if (engine is CpuEngine cpu && alone > SavedAlone * shared)
            return SumSweep.Ranks(cpu, sums, cancellationToken);
        return [.. Enumerable.Range(0, sums.Sums.Count).Select(Alone)];

        int[] Alone(int sum)
        {
            var options = new ScoringOptions { LabelRank = true };
            return engine.ScoreVocabulary(sums.Circuit(sum), options, cancellationToken: cancellationToken).LabelRanks;
        }
    }
}
