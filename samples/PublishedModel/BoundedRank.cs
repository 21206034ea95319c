using OVPipeline.Core;

namespace OVPipeline.Samples.PublishedModel;

/// <summary>What circuits of a rank can do at a norm: not less than the bound, and as little as the fit.</summary>
/// <param name="Circuit">The circuit whose norm it is.</param>
/// <param name="Scale">What its logits are multiplied by.</param>
/// <param name="Norm">Its norm at that scale.</param>
/// <param name="Own">Its own log-loss there, in nats.</param>
/// <param name="OwnRank">Its rank.</param>
/// <param name="Rank">The rank.</param>
/// <param name="Bound">The bound.</param>
/// <param name="Fit">The log-loss of a fit, in nats.</param>
/// <param name="Seconds">What the bound took.</param>
internal sealed record BoundedRank(
    string Circuit, double Scale, double Norm, double Own, int OwnRank, int Rank, LowRankBound Bound, double Fit, double Seconds)
{
    private const double Tolerance = 0.001; // nats: the last digit that is printed

    public static ReportTable Table(IEnumerable<BoundedRank> rows) => new(
        "bounds", "What circuits of a rank can do at a norm",
        [
            ReportColumn.Heads("norm of"), ReportColumn.Number("times", 2), ReportColumn.Number("norm", 2),
            ReportColumn.Number("its own log loss"), ReportColumn.Count("rank"), ReportColumn.Number("at least"),
            ReportColumn.Number("a fit reaches"), ReportColumn.Number("relaxed"), ReportColumn.Count("steps"),
            ReportColumn.Number("s", 0, key: "seconds"),
        ],
        [
            .. rows.Select(row => (ReportValue[])
            [
                row.Circuit, row.Scale, row.Norm, row.Own, row.Rank, row.Bound.Bound, row.Fit, row.Bound.RelaxedLoss, row.Bound.Steps,
                row.Seconds,
            ]),
        ])
    { Units = "nats of mean log-loss, all tokens" };

    /// <summary>What the rows of one circuit at one scale say of its rank: what it leaves, and what twice the rank could add.</summary>
    public static IEnumerable<string> Sentences(IEnumerable<BoundedRank> rows)
    {
        var byRank = rows.ToDictionary(row => row.Rank);
        var half = byRank[byRank.Keys.Min()];
        var whole = byRank[byRank.Keys.Max()];
        string at = $"At the norm of {half.Circuit} times {half.Scale:0.00}";
        if (half.Own < half.Bound.Bound)
        {
            yield return $"{at} no circuit of rank {half.Rank} has a log-loss below {half.Bound.Bound:0.000}; its own is {half.Own:0.000}.";
            yield break;
        }
        var slack = RankSlack.Of(half.Own, (half.Bound.Bound, half.Fit), (whole.Bound.Bound, whole.Fit));
        string verdict = slack.Verdict(Tolerance) switch
        {
            RankVerdict.DoesNotBind => $"by log-loss rank {half.Rank} does not bind it",
            RankVerdict.Binds => $"by log-loss rank {half.Rank} binds it",
            _ => $"whether rank {half.Rank} binds it cannot be told",
        };
        yield return $"{at} it leaves {slack.LeavesLeast:0.000} to {slack.LeavesMost:0.000} nats to circuits of rank {half.Rank}, and "
            + $"twice that rank adds {slack.AddsLeast:0.000} to {slack.AddsMost:0.000}: {verdict}.";
    }
}
