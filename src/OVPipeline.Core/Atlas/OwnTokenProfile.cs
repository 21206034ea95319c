namespace OVPipeline.Core;

/// <summary>Where tokens' own entries stand in a head's full OV circuit, of <see cref="OwnTokenRanks"/>.</summary>
/// <param name="MedianByRow">Median rank of a token's own logit in its row, 1 for the highest.</param>
/// <param name="MedianByColumn">The same in its column: against what other source tokens add to it.</param>
/// <param name="AmongTenLowest">
/// Share of tokens whose own logit is among the ten lowest of their row; null for vocabularies of fewer than ten tokens.
/// </param>
public sealed record OwnTokenProfile(double MedianByRow, double MedianByColumn, double? AmongTenLowest)
{
    private const int Ten = 10;

    /// <summary>The figures of ranks.</summary>
    public static OwnTokenProfile Of(OwnTokenRanks ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return new(ranks.MedianByRow, ranks.MedianByColumn, ranks.Vocabulary < Ten ? null : ranks.ShareAmongLowest(Ten));
    }
}
