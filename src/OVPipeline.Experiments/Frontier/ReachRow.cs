using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A figure that the frontier is searched for: the smallest rank that reaches it.</summary>
/// <param name="Name">What is to be done, in words.</param>
/// <param name="Way">How ranks are filled, of <see cref="FrontierWay"/>.</param>
/// <param name="IsLoss">
/// Whether it is a log-loss in nats, to be at most <paramref name="Value"/>; else a top-1 share, at least that.
/// </param>
/// <param name="Value">The figure.</param>
/// <param name="Norm">The norm that fits are held to; null where they are free.</param>
/// <param name="Circuit">The model's circuit that has the figure; null where it is of no circuit.</param>
internal sealed record ReachTarget(string Name, string Way, bool IsLoss, double Value, double? Norm, FrontierCircuit? Circuit)
{
    private const double NearlyAll = 0.99;

    public static IEnumerable<ReachTarget> Of(FrontierCircuit head, FrontierCircuit? pair)
    {
        yield return First($"the best head ({head.Row.Name})", head);
        if (pair is not null)
            yield return First($"the best pair ({pair.Row.Name})", pair);
        yield return new("rank 99 % of all tokens first", FrontierWay.Free, IsLoss: false, NearlyAll, null, null);
        yield return Loss($"the best head ({head.Row.Name})", head, FrontierWay.AtHeadNorm);
        if (pair is not null)
            yield return Loss($"the best pair ({pair.Row.Name})", pair, FrontierWay.AtPairNorm);

        static ReachTarget First(string name, FrontierCircuit circuit) =>
            new($"rank as many tokens first as {name}", FrontierWay.Free, IsLoss: false, circuit.Row.Top1, null, circuit);

        static ReachTarget Loss(string name, FrontierCircuit circuit, string way) =>
            new($"have the log-loss of {name} at its norm", way, IsLoss: true, circuit.Row.LogLoss, circuit.Norm, circuit);
    }
}

/// <summary>The smallest rank that reaches a figure.</summary>
/// <param name="Target">What is to be done, in words.</param>
/// <param name="Metric">The figure: <c>top1</c>, a share, or <c>log_loss</c>, in nats.</param>
/// <param name="Value">Its value.</param>
/// <param name="Below">The largest rank known not to reach it; 0 where the smallest one does.</param>
/// <param name="Reached">The smallest rank known to reach it, or null where none does.</param>
/// <param name="Known">The rank of the model's circuit that has the figure by itself; null where none is known to.</param>
/// <param name="Most">The largest rank fitted.</param>
public sealed record ReachRow(string Target, string Metric, double Value, int Below, int? Reached, int? Known, int Most)
{
    private const string Top1Metric = "top1", LossMetric = "log_loss";

    /// <summary>Whether something is said of it: of a circuit that does not copy nothing is.</summary>
    public bool Says { get; init; } = true;

    /// <summary>
    /// Whether less rank than the circuit's own reaches it: of ranks between which none was looked for, only that says anything.
    /// </summary>
    [JsonIgnore]
    internal bool SavesRank => Reached < Known;

    /// <summary>Whether the figure is a log-loss.</summary>
    [JsonIgnore]
    public bool IsLoss => Metric == LossMetric;

    /// <summary>
    /// Brackets the rank by tested ones, then by bisection where more can be tried. Takes a higher rank to reach what a lower one does.
    /// </summary>
    /// <param name="target">What is to be reached.</param>
    /// <param name="known">The rank of the model's circuit that has the figure by itself; null for none.</param>
    /// <param name="tested">Fitted ranks, whether each reaches the figure, and whether it failed a check: such a fit tells of no rank that
    /// it is too small.</param>
    /// <param name="tryRank">Fits another rank; null where no more are to be tried.</param>
    internal static ReachRow Find(
        ReachTarget target, int? known, IReadOnlyList<(int Rank, bool Reaches, bool Failed)> tested, Func<int, bool>? tryRank)
    {
        int? reached = tested.Where(one => one.Reaches).Select(one => (int?)one.Rank).Min();
        var failing = tested.Where(one => !one.Reaches && !one.Failed && (reached is null || one.Rank < reached));
        int below = failing.Select(one => one.Rank).DefaultIfEmpty(0).Max();
        while (tryRank is not null && reached is { } high && high - below > 1)
        {
            int middle = (below + high) / 2;
            if (tryRank(middle))
                reached = middle;
            else
                below = middle;
        }
        string metric = target.IsLoss ? LossMetric : Top1Metric;
        return new(target.Name, metric, target.Value, below, reached, known, tested.Max(one => one.Rank))
        {
            Says = target.Circuit?.Copies ?? true,
        };
    }

    /// <summary>
    /// What is said of it; nothing where it is a figure that means nothing on the model or is of a circuit that does not copy.
    /// </summary>
    /// <param name="table">The table's id.</param>
    public ReportStatement Statement(string table)
    {
        string own = $"To {Target}, rank {Known} is enough, as it has it itself";
        if (Reached is not { } rank)
        {
            return Known is null
                ? new(ReportTopic.Can, $"To {Target} with a trained pair, no fit up to rank {Most} was enough.", table)
                : new(ReportTopic.Open,
                    $"{own}; no fit up to rank {Most} did: the fits did not converge, and nothing is concluded from them.", table);
        }
        if (rank > Known)
        {
            return new(ReportTopic.Open, $"{own}; fits did it from rank {rank} on only: those of lower rank did not converge, "
                + "and nothing is concluded from them.", table);
        }
        string failing = rank - Below > 1 && Below > 0 ? $"; a fit of rank {Below} was not" : "";
        return new(ReportTopic.Can, $"To {Target} with a trained pair, rank {rank} is enough{failing}.", table);
    }

    internal static ReportTable Table(string id, IEnumerable<ReachRow> rows, bool bracketsOnly) => new(id,
        "The smallest rank that reaches what the model's circuits do",
        [
            ReportColumn.Heads("to", key: "target"), ReportColumn.Text("metric"), ReportColumn.Number("value", 3),
            ReportColumn.Count("largest rank that fails"), ReportColumn.Count("smallest rank that reaches it"),
        ],
        [.. rows.Select(row => (ReportValue[])
        [
            row.Target, row.Metric, row.Value, row.Below == 0 ? default(ReportValue) : row.Below, row.Reached,
        ])])
    {
        Units = "One fit each, on all tokens. top1 is a share, of free fits; log_loss is in nats, of fits held to the norm of the head or "
            + "the pair.",
        Note = bracketsOnly
            ? "Between the ranks that were fitted; a full run bisects."
            : "Found by bisection between the ranks of the frontier: a higher rank is taken to reach what a lower one does. A failing rank "
                + "failed for this way of fitting.",
    };
}
