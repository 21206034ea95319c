using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How something changes from the largest value rank compared to the smallest.</summary>
/// <param name="Change">Smallest less largest, over seeds.</param>
/// <param name="Figures">The figures behind it, in words.</param>
internal sealed record ValueRankChange(ConfidenceInterval Change, string Figures);

/// <summary>The sentences of experiment 8.</summary>
internal static class ValueRankVerdicts
{
    /// <summary>Heads that copy, by a threshold. Up and down need an interval that is clear of zero.</summary>
    public static ReportStatement Count(ValueRankChange heads, string table)
    {
        if (heads.Change.Low > 0)
        {
            return new(ReportTopic.Can, $"Trained with a smaller value rank, more heads copy ({heads.Figures}): rank does change how "
                + "copying is split.", table);
        }
        if (heads.Change.High < 0)
        {
            string few = $"Trained with a smaller value rank, fewer heads copy {100 * GateRow.LeastCopying:0.#} % of the tokens";
            return new(ReportTopic.Open, $"{few} ({heads.Figures}): a head of small rank can copy less, so that such a threshold counts "
                + "fewer of them by itself.", table);
        }
        return new(ReportTopic.Open, $"The number of copying heads is not seen to follow the value rank ({heads.Figures}).", table);
    }

    /// <summary>Over how many heads copying is spread, which has no threshold.</summary>
    /// <param name="spread">The spread.</param>
    /// <param name="layer">
    /// What the whole layer copies: where that is surely less at the smallest rank, training came less far there.
    /// </param>
    /// <param name="smallest">The smallest rank compared, and the layer's share there.</param>
    /// <param name="largest">The largest.</param>
    /// <param name="trend">The table of changes.</param>
    /// <param name="ranks">The table of ranks.</param>
    public static ReportStatement Spread(ValueRankChange spread, ConfidenceInterval layer, (int Rank, double Top1) smallest,
        (int Rank, double Top1) largest, string trend, string ranks)
    {
        bool behind = layer.High < 0;
        if (spread.Change.Low > 0 && behind)
        {
            string shares = string.Create(CultureInfo.InvariantCulture,
                $"{100 * smallest.Top1:0.0} % of the tokens at rank {smallest.Rank}, {100 * largest.Top1:0.0} % at rank {largest.Rank}");
            return new(ReportTopic.Open, $"With a smaller value rank copying is spread over more heads ({spread.Figures}), but the layer "
                + $"as a whole copies less there ({shares}): what rank does and how far training came cannot be told apart.", ranks);
        }
        const string Smaller = "With a smaller value rank copying is spread over";
        if (spread.Change.Low > 0)
            return new(ReportTopic.Can, $"{Smaller} more heads ({spread.Figures}).", trend);
        if (spread.Change.High < 0)
            return new(ReportTopic.CannotExplain, $"{Smaller} fewer heads ({spread.Figures}).", trend);
        const string NotSeen = "Over how many heads copying is spread is not seen to follow the value rank";
        return new(ReportTopic.Open, $"{NotSeen} ({spread.Figures}).", trend);
    }
}
