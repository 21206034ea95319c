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
    public static ReportStatement Count(ValueRankChange heads, string table) =>
        heads.Change.Low > 0 ? new(ReportTopic.Can, $"Trained with a smaller value rank, more heads copy ({heads.Figures}): rank "
            + "does change how copying is split.", table)
            : heads.Change.High < 0 ? new(ReportTopic.Open, $"Trained with a smaller value rank, fewer heads copy "
                + $"{100 * GateRow.LeastCopying:0.#} % of the tokens ({heads.Figures}): a head of small rank can copy less, so that "
                    + "such a threshold counts fewer of them by itself.", table)
            : new(ReportTopic.Open, $"The number of copying heads is not seen to follow the value rank ({heads.Figures}).", table);

    /// <summary>Over how many heads copying is spread, which has no threshold.</summary>
    /// <param name="spread">The spread.</param>
    /// <param name="layer">What the whole layer copies: where that is surely less at the smallest rank, training came less far
    /// there.</param>
    /// <param name="smallest">The smallest rank compared, and the layer's share there.</param>
    /// <param name="largest">The largest.</param>
    /// <param name="trend">The table of changes.</param>
    /// <param name="ranks">The table of ranks.</param>
    public static ReportStatement Spread(ValueRankChange spread, ConfidenceInterval layer, (int Rank, double Top1) smallest, (int Rank, double Top1) largest, string trend, string ranks)
    {
        bool behind = layer.High < 0;
        return spread.Change.Low > 0 && behind
            ? new(ReportTopic.Open, string.Create(CultureInfo.InvariantCulture, $"With a smaller value rank copying is spread over more heads ({spread.Figures}), but the layer as a whole copies less there ({100 * smallest.Top1:0.0} % of the tokens at rank {smallest.Rank}, {100 * largest.Top1:0.0} % at rank {largest.Rank}): what rank does and how far training came cannot be told apart."), ranks)
            : spread.Change.Low > 0 ? new(ReportTopic.Can, $"With a smaller value rank copying is spread over more heads "
                + $"({spread.Figures}).", trend)
            : spread.Change.High < 0 ? new(ReportTopic.CannotExplain, $"With a smaller value rank copying is spread over fewer heads "
                + $"({spread.Figures}).", trend)
            : new(ReportTopic.Open, $"Over how many heads copying is spread is not seen to follow the value rank ({spread.Figures}).", trend);
    }

    /// <summary>
    /// Whose results a report shows: those of models of this model's shape, where there are any; else all, in a section that says of which
    /// shape
    /// they are and draws nothing from them.
    /// </summary>
    /// <param name="rows">All results.</param>
    /// <param name="config">The model.</param>
    /// <returns>The results, and of which other models they are; null where they are of this model's shape.</returns>
    public static (IReadOnlyList<ValueRankRow> Rows, string? OfOthers) Whose(IReadOnlyList<ValueRankRow> rows, TransformerConfig config)
    {
        ValueRankRow[] own = [.. rows.Where(row => row.Shape?.Is(config) == true)];
        if (own.Length > 0)
            return (own, null);
        string[] shapes = [.. rows.Select(row => row.Shape is { } shape ? $"attention-only models of {shape}" : "models whose shape is not recorded").Distinct()];
        return (rows, string.Join("; ", shapes));
    }
}
