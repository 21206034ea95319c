using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The smallest rank that reaches a figure.</summary>
/// <param name="Target">What is to be done, in words.</param>
/// <param name="Metric">The figure: <c>top1</c>, a share, or <c>log_loss</c>, in nats.</param>
/// <param name="Value">Its value.</param>
/// <param name="Below">The largest rank known not to reach it; 0 where the smallest one does.</param>
/// <param name="Reached">The smallest rank known to reach it, or null where none does.</param>
/// <param name="Known">The rank of the model's circuit that has the figure by itself; null where none is known to.</param>
/// <param name="Most">The largest rank fitted.</param>
internal sealed record ReachRow(string Target, string Metric, double Value, int Below, int? Reached, int? Known, int Most)
{
    /// <summary>
    /// Brackets the rank by tested ones, then by bisection where more can be tried. Takes a higher rank to reach what a lower one does.
    /// </summary>
    /// <param name="target">What is to be done, in words.</param>
    /// <param name="metric">The figure.</param>
    /// <param name="value">Its value.</param>
    /// <param name="known">The rank of the model's circuit that has the figure by itself; null for none.</param>
    /// <param name="tested">Fitted ranks, whether each reaches the figure, and whether it failed a check: such a fit tells of no rank that
    /// it is too small.</param>
    /// <param name="tryRank">Fits another rank; null where no more are to be tried.</param>
    public static ReachRow Find(
        string target, string metric, double value, int? known, IReadOnlyList<(int Rank, bool Reaches, bool Failed)> tested, Func<int, bool>? tryRank)
    {
        int? reached = tested.Where(one => one.Reaches).Select(one => (int?)one.Rank).Min();
        int below = tested.Where(one => !one.Reaches && !one.Failed && (reached is null || one.Rank < reached)).Select(one => one.Rank).DefaultIfEmpty(0).Max();
        while (tryRank is not null && reached is { } high && high - below > 1)
        {
            int middle = (below + high) / 2;
            if (tryRank(middle))
                reached = middle;
            else
                below = middle;
        }
        return new(target, metric, value, below, reached, known, tested.Max(one => one.Rank));
    }

    /// <summary>
    /// What is said of it; nothing where it is a figure that means nothing on the model or is of a circuit that does not copy.
    /// </summary>
    /// <param name="table">The table's id.</param>
    public ReportStatement Statement(string table) => (Reached, Known) switch
    {
        (null, { } own) => new(ReportTopic.Open, $"To {Target}, rank {own} is enough, as it has it itself; no fit up to rank {Most} did: the fits did not converge, and nothing is concluded from them.", table),
        (null, null) => new(ReportTopic.Can, $"To {Target} with a trained pair, no fit up to rank {Most} was enough.", table),
        ({ } rank, { } own) when rank > own => new(ReportTopic.Open, $"To {Target}, rank {own} is enough, as it has it itself; fits did it from rank {rank} on only: those of lower rank did not converge, and nothing is concluded from them.", table),
        ({ } rank, _) when rank - Below > 1 => new(ReportTopic.Can, $"To {Target} with a trained pair, rank {rank} is enough{(Below > 0 ? $"; a fit of rank {Below} was not" : "")}.", table),
        ({ } rank, _) => new(ReportTopic.Can, $"To {Target} with a trained pair, rank {rank} is enough.", table),
    };

    public static ReportTable Table(string id, IEnumerable<ReachRow> rows, bool bracketsOnly) => new(id, "The smallest rank that reaches what the model's circuits do",
        [
            ReportColumn.Heads("to", key: "target"), ReportColumn.Text("metric"), ReportColumn.Number("value", 3), ReportColumn.Count("largest rank that fails"),
            ReportColumn.Count("smallest rank that reaches it"),
        ],
        [.. rows.Select(row => (ReportValue[])[row.Target, row.Metric, row.Value, row.Below == 0 ? default(ReportValue) : row.Below, row.Reached])])
    {
        Units = "One fit each, on all tokens. top1 is a share, of free fits; log_loss is in nats, of fits held to the norm of the head or the pair.",
        Note = bracketsOnly ? "Between the ranks that were fitted; a full run bisects." : "Found by bisection between the ranks of the frontier: a higher rank is taken to reach what a lower one does. A failing rank failed for this way of fitting.",
    };
}
