using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Which tokens two heads copy, alone and summed.</summary>
/// <param name="A">The first head.</param>
/// <param name="B">The second.</param>
/// <param name="Strata">For each stratum of training frequency a 2 x 2 table: copied by A, copied by B.</param>
/// <param name="OnlyTogether">Tokens that the sum copies and neither head alone.</param>
/// <param name="LostInSum">Tokens that A or B alone copies and the sum does not.</param>
internal sealed record CopiedSets(HeadIndex A, HeadIndex B, IReadOnlyList<ContingencyTable> Strata, int OnlyTogether, int LostInSum)
{
    /// <summary>The strata, by how often a token occurs in training text.</summary>
    public static IReadOnlyList<string> StrataNames { get; } = ["never", "under 20", "20 and more"];

    /// <summary>All tokens in one table.</summary>
    public ContingencyTable All => new(Strata.Sum(table => table.Both), Strata.Sum(table => table.OnlyFirst), Strata.Sum(table => table.OnlySecond), Strata.Sum(table => table.Neither));

    /// <summary>P(B copies | A copies).</summary>
    public double GivenA => (double)All.Both / (All.Both + All.OnlyFirst);

    /// <summary>P(B copies | A does not).</summary>
    public double GivenNotA => (double)All.OnlySecond / (All.OnlySecond + All.Neither);

    /// <summary>The odds ratio that the strata have in common.</summary>
    public double OddsRatio => MantelHaenszel.Of(Strata).OddsRatio.Estimate;

    /// <summary>The stratum of a count.</summary>
    public static int StratumOf(long count) => count == 0 ? 0 : count < 20 ? 1 : 2;

    /// <summary>Counts tokens.</summary>
    /// <param name="a">The first head.</param>
    /// <param name="b">The second.</param>
    /// <param name="byA">Whether the first copies each token.</param>
    /// <param name="byB">Whether the second does.</param>
    /// <param name="bySum">Whether their sum does.</param>
    /// <param name="counts">How often each token occurs in training text.</param>
    public static CopiedSets Of(HeadIndex a, HeadIndex b, bool[] byA, bool[] byB, bool[] bySum, IReadOnlyList<long> counts)
    {
        int[] tokens = [.. Enumerable.Range(0, byA.Length)];
        var strata = Enumerable.Range(0, StrataNames.Count).Select(stratum =>
        {
            int[] own = [.. tokens.Where(token => StratumOf(counts[token]) == stratum)];
            return ContingencyTable.Of([.. own.Select(token => byA[token])], [.. own.Select(token => byB[token])]);
        }).ToArray();
        return new(a, b, strata, tokens.Count(token => bySum[token] && !byA[token] && !byB[token]), tokens.Count(token => !bySum[token] && (byA[token] || byB[token])));
    }

    /// <summary>Which tokens a circuit ranks first in their own rows.</summary>
    public static bool[] CopiedBy(TokenCircuit circuit, CancellationToken cancellationToken) =>
        [.. CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }, cancellationToken: cancellationToken).LabelRanks.Select(rank => rank == 1)];
}
