using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The smallest rank that reaches a figure.</summary>
/// <param name="Target">What is to be done, in words.</param>
/// <param name="Metric">The figure: <c>top1</c>, a share, or <c>log_loss</c>, in nats.</param>
/// <param name="Value">Its value.</param>
/// <param name="Below">The largest rank known not to reach it; 0 where the smallest one does.</param>
/// <param name="Reached">The smallest rank known to reach it, or null where none does.</param>
internal sealed record ReachRow(string Target, string Metric, double Value, int Below, int? Reached)
{
    /// <summary>Brackets the rank by tested ones, then by bisection where more can be tried. Takes a higher rank to reach what a lower one does.</summary>
    public static ReachRow Find(string target, string metric, double value, IReadOnlyList<(int Rank, bool Reaches)> tested, Func<int, bool>? tryRank)
    {
        int? reached = tested.Where(one => one.Reaches).Select(one => (int?)one.Rank).Min();
        int below = tested.Where(one => !one.Reaches && (reached is null || one.Rank < reached)).Select(one => one.Rank).DefaultIfEmpty(0).Max();
        while (tryRank is not null && reached is { } high && high - below > 1)
        {
            int middle = (below + high) / 2;
            if (tryRank(middle))
                reached = middle;
            else
                below = middle;
        }
        return new(target, metric, value, below, reached);
    }

    /// <summary>In words: <c>rank 3 is enough</c>.</summary>
    public string Words => Reached is not { } rank ? $"no rank up to {Below} is enough" : rank - Below > 1 ? $"a rank of {Below + 1} to {rank} is needed" : $"rank {rank} is enough";

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
