using OVPipeline.Core;
using OVPipeline.Reporting;

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
    public static ConsoleTable Table(IEnumerable<BoundedRank> rows) => new(
        [
            new("norm of", IsText: true), new("times"), new("norm"), new("its own log loss"), new("rank"), new("at least"),
            new("a fit reaches"), new("relaxed"), new("steps"), new("s"),
        ],
        rows.Select(row => new[]
        {
            row.Circuit, $"{row.Scale:0.00}", $"{row.Norm:0.00}", $"{row.Own:0.000}", $"{row.Rank}", $"{row.Bound.Bound:0.000}",
            $"{row.Fit:0.000}", $"{row.Bound.RelaxedLoss:0.000}", $"{row.Bound.Steps}", $"{row.Seconds:0}",
        }));

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
        double leavesLeast = Math.Max(0, half.Own - half.Fit), leavesMost = half.Own - half.Bound.Bound;
        double addsLeast = Math.Max(0, half.Bound.Bound - whole.Fit), addsMost = Math.Max(0, half.Fit - whole.Bound.Bound);
        string figures = $"{at} it leaves {leavesLeast:0.000} to {leavesMost:0.000} nats to circuits of rank {half.Rank}, and twice that "
            + $"rank adds {addsLeast:0.000} to {addsMost:0.000}";
        if (leavesLeast > addsMost)
            yield return $"{figures}: by log-loss rank {half.Rank} does not bind it.";
        else if (addsLeast > leavesMost)
            yield return $"{figures}: by log-loss rank {half.Rank} binds it.";
        else
            yield return $"{figures}: whether rank {half.Rank} binds it cannot be told.";
    }
}
