using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>"Dynamics" as a sentence, a chart and tables.</summary>
internal static class DynamicsReport
{
    private const string HistoryTable = "dynamics-checkpoints", MilestonesTable = "dynamics-milestones", SlackTable = "dynamics-slack";

    private static readonly ReportNote s_scales = new("Norms",
        "Each checkpoint's norms are held at the scales of its own lone embeddings: fits at a head's norm act through these.");

    public static ReportSection Of(DynamicsResult found)
    {
        var gate = found.Gate;
        return gate.Mark(new()
        {
            Notes = found.NormsHeld ? [s_scales] : [],
            Id = Dynamics.Description.Name,
            Title = Dynamics.Description.Title,
            Question = Dynamics.Description.Question,
            Statements =
            [
                DynamicsVerdicts.Of(gate, found.Verdict, found.HistoryA, found.HistoryB, found.First, found.Unit, MilestonesTable),
            ],
            Charts = [Chart(found)],
            Tables = [Milestones(found), History(found), Slack(found)],
        });
    }

    private static ReportTable Milestones(DynamicsResult found)
    {
        static ReportValue[] Row(string name, HeadHistory history) => [name, history.Start.ToString(), history.Done.ToString()];
        return new(MilestonesTable, "When each head started to copy, and when it was done",
            [ReportColumn.Heads("head"), ReportColumn.Text($"started, {Unit(found)}"), ReportColumn.Text($"done, {Unit(found)}")],
            [Row(NameA(found), found.HistoryA), Row(NameB(found), found.HistoryB)])
        {
            Units = $"Bounds between {found.Checkpoints.Count} checkpoints of one training run: no intervals, and no run to vary over.",
            Note = $"Started: d' above the highest of the {found.Bystanders.Count} heads of the layer that never come to copy "
                + $"{100 * GateRow.LeastCopying:0.#} % of the tokens, from then on. Done: d' at least 90 % of its last value, from then "
                + "on.",
        };
    }

    private static ReportTable History(DynamicsResult found)
    {
        var gate = found.Gate;
        var (a, b, band) = (found.SeparationsOf(gate.A), found.SeparationsOf(gate.B), found.Band);
        ReportValue[] Row(CheckpointFigures one, int i) =>
        [
            one.Tokens, a[i], b[i], found.Separation(one.Pair), found.Separation(one.Layer), band[i],
            one.Heads[gate.A.Head], one.Heads[gate.B.Head], one.Pair, one.Induction?[gate.A.Head], one.Induction?[gate.B.Head],
        ];
        return new(HistoryTable, "d' at each checkpoint",
            [
                ReportColumn.Count(Unit(found)), ReportColumn.Number(NameA(found), 2, key: "d_prime_a"),
                ReportColumn.Number(NameB(found), 2, key: "d_prime_b"), ReportColumn.Number("A and B", 2, key: "d_prime_a_and_b"),
                ReportColumn.Number("all of the layer", 2, key: "d_prime_layer"),
                ReportColumn.Number("highest non-copier", 2, key: "d_prime_highest_non_copier"),
                ReportColumn.Share("A top1", key: "top1_a"), ReportColumn.Share("B top1", key: "top1_b"),
                ReportColumn.Share("A and B top1", key: "top1_a_and_b"),
                ReportColumn.Number("A induction", key: "induction_a"), ReportColumn.Number("B induction", key: "induction_b"),
            ],
            [.. found.Checkpoints.Select(Row)])
        { Units = Census(found.Model), Note = "A top-1 share of 0 counts as half a token." + NoInduction(gate) };
    }

    private static ReportTable Slack(DynamicsResult found)
    {
        var gate = found.Gate;
        ReportValue[] Row(CheckpointFrontier one) =>
            [one.Tokens, one.A.Top1, one.B.Top1, found.Share(one, gate.A), found.Share(one, gate.B)];
        return new(SlackTable, "How near each head was to the frontier of its rank, with that checkpoint's own embeddings",
            [
                ReportColumn.Count(Unit(found)), ReportColumn.Share("fit at A's norm: top1", key: "fit_top1_a"),
                ReportColumn.Share("fit at B's norm: top1", key: "fit_top1_b"),
                ReportColumn.Share("A: share of the fit's d'²", 0, key: "d_prime_squared_share_a"),
                ReportColumn.Share("B: share of the fit's d'²", 0, key: "d_prime_squared_share_b"),
            ],
            [.. found.Frontiers.Select(Row)])
        {
            Units = $"{Census(found.Model)} One fit each, at the head's rank and norm.",
            Note = $"A head has slack where it has less than {100 * DynamicsVerdicts.SlackShare:0} % of the d'² that the fit reaches. A "
                + "head no better than chance has 0 %; a share is not given where the fit separates less well than the head, or did not "
                + "converge."
                + NotConverged(found.Frontiers),
        };
    }

    private static string NoInduction(Gate gate) =>
        gate.NoInduction is { } reason ? $" By weights alone; there are no induction scores: {reason}." : "";

    private static string NotConverged(IEnumerable<CheckpointFrontier> frontiers)
    {
        var reasons = frontiers.SelectMany(one => new[] { one.A.NotConverged, one.B.NotConverged });
        return reasons.FirstOrDefault(reason => reason is not null) is { } first ? $" Of these, a fit {first}." : "";
    }

    private static ReportChart Chart(DynamicsResult found)
    {
        bool tokens = found.Unit == SeriesUnit.Tokens;
        double[] at = [.. found.Tokens.Select(one => tokens ? one / 1e6 : one)];
        double[] pair = [.. found.Checkpoints.Select(one => found.Separation(one.Pair))];
        return ReportChart.Lines("dynamics-picture", "How copying came about in training",
            "The separation d' behind the top-1 share, at each checkpoint. The band's upper end is the highest of "
            + $"{found.Bystanders.Count} heads that never copy.",
            tokens ? "tokens trained on, millions" : $"{Unit(found)} of training", "d', standard deviations",
            [
                new(NameA(found), at, found.SeparationsOf(found.Gate.A)), new(NameB(found), at, found.SeparationsOf(found.Gate.B)),
                new("A and B", at, pair), new("highest non-copier", at, found.Band) { Reference = true },
            ]);
    }

    private static string Unit(DynamicsResult found) => ModelSeries.Words(found.Unit);

    private static string NameA(DynamicsResult found) => $"A ({found.Gate.A})";

    private static string NameB(DynamicsResult found) => $"B ({found.Gate.B})";
}
