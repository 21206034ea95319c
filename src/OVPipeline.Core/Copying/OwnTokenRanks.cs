namespace OVPipeline.Core;

/// <summary>
/// Where every token's own entry stands in its row and in its column of a circuit, exactly, over the whole vocabulary: the measure by which
/// heads are shown to copy, or to suppress what they attend to (McDougall et al. 2023, of GPT-2 small's 10.7). A row is a source token.
/// </summary>
public sealed class OwnTokenRanks
{
    private readonly int[] _byRow, _byRowFromBelow, _byColumn;

    /// <summary>Ranks that are known already, each 1-based, one for each token.</summary>
    /// <param name="byRow">What <see cref="ByRow"/> holds.</param>
    /// <param name="byRowFromBelow">What <see cref="ByRowFromBelow"/> holds.</param>
    /// <param name="byColumn">What <see cref="ByColumn"/> holds.</param>
    /// <exception cref="ArgumentException">There are none, their numbers differ, or one is no rank.</exception>
    public OwnTokenRanks(IReadOnlyList<int> byRow, IReadOnlyList<int> byRowFromBelow, IReadOnlyList<int> byColumn)
    {
        ArgumentNullException.ThrowIfNull(byRow);
        ArgumentNullException.ThrowIfNull(byRowFromBelow);
        ArgumentNullException.ThrowIfNull(byColumn);
        if (byRow.Count == 0 || byRowFromBelow.Count != byRow.Count || byColumn.Count != byRow.Count)
            throw new ArgumentException($"One rank of each kind for each token, were {byRow.Count}, {byRowFromBelow.Count} and "
                + $"{byColumn.Count}.", nameof(byColumn));
        if (byRow.Concat(byRowFromBelow).Concat(byColumn).Any(rank => rank < 1 || rank > byRow.Count))
            throw new ArgumentException($"Ranks are in [1, {byRow.Count}].", nameof(byRow));
        _byRow = [.. byRow];
        _byRowFromBelow = [.. byRowFromBelow];
        _byColumn = [.. byColumn];
    }

    /// <summary>Tokens, V.</summary>
    public int Vocabulary => _byRow.Length;

    /// <summary>By token: the rank of its own logit in its row, from 1 for the highest. Of equal ones the lower token is first.</summary>
    public IReadOnlyList<int> ByRow => _byRow;

    /// <summary>By token: the same from 1 for the lowest of the row, of equal ones again the lower token first.</summary>
    public IReadOnlyList<int> ByRowFromBelow => _byRowFromBelow;

    /// <summary>By token: the rank of its own logit in its column, from 1, among what all source tokens add to it.</summary>
    public IReadOnlyList<int> ByColumn => _byColumn;

    /// <summary>The median of <see cref="ByRow"/>; between the two in the middle where there is an even number.</summary>
    public double MedianByRow => Median(_byRow);

    /// <summary>The median of <see cref="ByColumn"/>.</summary>
    public double MedianByColumn => Median(_byColumn);

    /// <summary>Ranks all tokens of a circuit: a pass over rows and one over columns, of which none forms the V x V matrix.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <exception cref="InvalidOperationException">A token has no entry of its own: says why.</exception>
    public static OwnTokenRanks Of(TokenCircuit circuit, IScoringEngine? engine = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        if (circuit.NoCopying is { } reason)
            throw new InvalidOperationException(reason);
        var scoring = engine ?? CpuEngine.Shared;
        var (rows, fromBelow) = ByRows(scoring, circuit, topK: 0, cancellationToken);
        return new(rows.LabelRanks, fromBelow, ByColumns(scoring, circuit, cancellationToken));
    }

    /// <summary>What <see cref="ByColumn"/> holds.</summary>
    internal static int[] ByColumns(IScoringEngine engine, TokenCircuit circuit, CancellationToken cancellationToken) =>
        engine.ScoreVocabulary(circuit.Transpose(), new() { LabelRank = true }, cancellationToken: cancellationToken).LabelRanks;

    /// <summary>
    /// Ranks by row, with the highest tokens, and from below. These follow from one another but for ties: rows in which another logit comes
    /// near a token's own, seldom more than a few, are scored once more with signs reversed.
    /// </summary>
    internal static (ScoredRows Scores, int[] FromBelow) ByRows(
        IScoringEngine engine, TokenCircuit circuit, int topK, CancellationToken cancellationToken)
    {
        bool tells = engine is CpuEngine;
        var scores = engine.ScoreVocabulary(
            circuit, new() { LabelRank = true, LabelIsClose = tells, TopK = topK }, cancellationToken: cancellationToken);
        int[] fromBelow = [.. scores.LabelRanks.Select(rank => circuit.OutputVocabulary + 1 - rank)];
        int[] open = [.. Enumerable.Range(0, fromBelow.Length).Where(token => !tells || scores.LabelIsClose[token])];
        if (open.Length == 0)
            return (scores, fromBelow);
        var again = engine.ScoreTokens(circuit.Negate(), open, open, new() { LabelRank = true }, null, cancellationToken).LabelRanks;
        for (int i = 0; i < open.Length; i++)
            fromBelow[open[i]] = again[i];
        return (scores, fromBelow);
    }

    /// <summary>The share of tokens whose own logit is among the k highest of their row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">k is not positive.</exception>
    public double ShareAmongHighest(int k) => Share(_byRow, k);

    /// <summary>
    /// The share of tokens whose own logit is among the k lowest of their row: McDougall et al. give that of k = 10.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">k is not positive.</exception>
    public double ShareAmongLowest(int k) => Share(_byRowFromBelow, k);

    private static double Share(int[] ranks, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return ranks.Count(rank => rank <= k) / (double)ranks.Length;
    }

    private static double Median(int[] ranks)
    {
        int[] sorted = [.. ranks.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
