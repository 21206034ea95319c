using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Which tokens two heads copy, alone and summed.</summary>
/// <param name="A">The first head.</param>
/// <param name="B">The second.</param>
/// <param name="Strata">
/// For each stratum of training frequency, in the order of <see cref="StrataNames"/>, a 2 x 2 table: copied by A, copied by B.
/// </param>
/// <param name="OnlyTogether">Tokens that the sum copies and neither head alone.</param>
/// <param name="LostInSum">Tokens that A or B alone copies and the sum does not.</param>
public sealed record CopiedSets(HeadIndex A, HeadIndex B, IReadOnlyList<ContingencyTable> Strata, int OnlyTogether, int LostInSum)
{
    // Heads copy frequent tokens more often: within a stratum they are compared on tokens that had about the same chance to be learned.
    private const long Frequent = 20;

    /// <summary>The strata, by how often a token occurs in training text.</summary>
    public static IReadOnlyList<string> StrataNames { get; } = ["never", "under 20", "20 and more"];

    /// <summary>All tokens in one table.</summary>
    [JsonIgnore]
    public ContingencyTable All => new(
        Strata.Sum(table => table.Both),
        Strata.Sum(table => table.OnlyFirst),
        Strata.Sum(table => table.OnlySecond),
        Strata.Sum(table => table.Neither));

    /// <summary>P(B copies | A copies); NaN where A copies none.</summary>
    [JsonIgnore]
    public double GivenA => (double)All.Both / (All.Both + All.OnlyFirst);

    /// <summary>P(B copies | A does not); NaN where A copies all.</summary>
    [JsonIgnore]
    public double GivenNotA => (double)All.OnlySecond / (All.OnlySecond + All.Neither);

    /// <summary>The odds ratio that the strata have in common (Mantel and Haenszel 1959); not finite where cells are empty.</summary>
    [JsonIgnore]
    public double OddsRatio => MantelHaenszel.Of(Strata).OddsRatio.Estimate;

    /// <summary>The 0-based stratum of a count.</summary>
    /// <param name="count">How often a token occurs.</param>
    public static int StratumOf(long count)
    {
        if (count == 0)
            return 0;
        return count < Frequent ? 1 : 2;
    }

    /// <summary>Counts tokens.</summary>
    /// <param name="a">The first head.</param>
    /// <param name="b">The second.</param>
    /// <param name="byA">Whether the first copies each token.</param>
    /// <param name="byB">Whether the second does.</param>
    /// <param name="bySum">Whether their sum does.</param>
    /// <param name="counts">How often each token occurs in training text.</param>
    public static CopiedSets Of(HeadIndex a, HeadIndex b, bool[] byA, bool[] byB, bool[] bySum, IReadOnlyList<long> counts)
    {
        ArgumentNullException.ThrowIfNull(byA);
        ArgumentNullException.ThrowIfNull(byB);
        ArgumentNullException.ThrowIfNull(bySum);
        ArgumentNullException.ThrowIfNull(counts);
        if (byB.Length != byA.Length || bySum.Length != byA.Length || counts.Count != byA.Length)
            throw new ArgumentException($"Values of {byA.Length:N0}, {byB.Length:N0}, {bySum.Length:N0} and {counts.Count:N0} tokens.");
        int[] tokens = [.. Enumerable.Range(0, byA.Length)];
        ContingencyTable TableOf(int stratum)
        {
            int[] own = [.. tokens.Where(token => StratumOf(counts[token]) == stratum)];
            return ContingencyTable.Of([.. own.Select(token => byA[token])], [.. own.Select(token => byB[token])]);
        }
        int onlyTogether = tokens.Count(token => bySum[token] && !byA[token] && !byB[token]);
        int lostInSum = tokens.Count(token => !bySum[token] && (byA[token] || byB[token]));
        return new(a, b, [.. Enumerable.Range(0, StrataNames.Count).Select(TableOf)], onlyTogether, lostInSum);
    }

    /// <summary>Which tokens a circuit ranks first in their own rows, [V].</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="cancellationToken">Stops within a pass.</param>
    public static bool[] CopiedBy(TokenCircuit circuit, CancellationToken cancellationToken = default)
    {
        var scores = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }, cancellationToken: cancellationToken);
        return [.. scores.LabelRanks.Select(rank => rank == 1)];
    }
}
