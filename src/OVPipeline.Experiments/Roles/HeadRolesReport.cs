using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>"Head roles" as sentences, charts and tables.</summary>
internal static class HeadRolesReport
{
    private const string SetsTable = "copied-sets", StrataTable = "copied-strata", AnglesTable = "principal-angles",
        ContextsTable = "contexts", SpecializationTable = "specialization";

    public static ReportSection Of(HeadRolesResult found)
    {
        var gate = found.Gate;
        var specializations = found.Specializations;
        var contexts = found.Contexts;
        string units = found.Figures is { } figures ? Units(figures) : "";
        bool runs = found.Figures is not null;
        return gate.Mark(new()
        {
            Id = HeadRoles.Description.Name,
            Title = HeadRoles.Description.Title,
            Question = HeadRoles.Description.Question,
            Statements = [.. Statements(gate, found.MainPair.Copied, specializations)],
            Charts = runs ? [Picture(gate, contexts)] : [],
            Tables =
            [
                .. gate.NoCopying is null ? [Sets(found), Strata(found)] : Array.Empty<ReportTable>(), Angles(found),
                .. runs
                    ? [Contexts(gate, contexts, units), Specialization(gate, specializations, units)]
                    : Array.Empty<ReportTable>(),
            ],
            Notes =
            [
                .. runs ? HeldNorm.Notes(found.Model, found.IsRunAgain, direct: true) : [],
                .. found.NoFigures is { } reason
                    ? [new("No contexts", $"What the heads do for next tokens is not measured: {reason}.")]
                    : Array.Empty<ReportNote>(),
                new("What interacts",
                    found.IsRunAgain
                        ? "Two heads of one layer add what they write, and on the direct path their logits. Where their effects on the "
                        + "loss do not add up, that is saturation of the softmax, or what MLPs and later layers make of both."
                        : "Two heads of one layer add their logits: their interaction in logits is exactly zero. Where their effects on "
                        + "the loss do not add up, that is saturation of the softmax and no co-operation."),
                new("Names",
                    "A target counts as a name where it begins a word with a capital and does not begin a sentence: a rule of thumb."),
            ],
        });
    }

    private static IEnumerable<ReportStatement> Statements(Gate gate, CopiedSets main, IReadOnlyList<RoleSpecialization> specializations)
    {
        if (gate.NoCopying is not null)
            yield break;
        if (RoleVerdicts.Overlap(gate, main, SetsTable) is { } overlap)
            yield return overlap;
        yield return RoleVerdicts.Together(gate, main, SetsTable);
        RoleSpecialization[] all = [.. specializations.Where(one => one.Targets == TextTargets.All)];
        RoleSpecialization[] told = [.. all.Where(one => double.IsFinite(one.S.Estimate))];
        foreach (var one in told)
            yield return RoleVerdicts.Specialization(gate, one.Measure, one.S, SpecializationTable);
        // That nothing is told by one measure is said where no other tells it, and once.
        if (told.Length == 0 && all.Length > 0)
        {
            yield return RoleVerdicts.Specialization(
                gate, string.Join(" or ", all.Select(one => one.Measure)), all[0].S, SpecializationTable);
        }
    }

    private static ReportTable Sets(HeadRolesResult found)
    {
        ReportColumn[] columns =
        [
            ReportColumn.Heads("heads"), ReportColumn.Text("A and B"), ReportColumn.Count("both"), ReportColumn.Count("only the first"),
            ReportColumn.Count("only the second"), ReportColumn.Count("neither"), ReportColumn.Number("odds ratio over strata", 2),
            ReportColumn.Share("P(second | first)", key: "p_second_given_first"),
            ReportColumn.Share("P(second | not first)", key: "p_second_given_not_first"),
            ReportColumn.Count("only together"), ReportColumn.Count("lost in sum"),
        ];
        ReportValue[] Cells(HeadPairRoles pair)
        {
            var copied = pair.Copied;
            var all = copied.All;
            return
            [
                NameOf(pair), MarkOf(found, pair), all.Both, all.OnlyFirst, all.OnlySecond, all.Neither, copied.OddsRatio,
                copied.GivenA, copied.GivenNotA, copied.OnlyTogether, copied.LostInSum,
            ];
        }
        return new(SetsTable, "Which tokens two heads copy", columns, [.. found.Pairs.Select(Cells)])
        {
            Units = $"{Census(found.Model)} Odds ratios are those that three strata of training frequency have in common "
                + "(Mantel and Haenszel).",
            Note = $"{found.Pairs.Count} pairs of {found.Heads.Count} heads: A, B and the best copiers of their layer. No test is made; "
                + "of so many pairs the most extreme looks so in part by chance. An odds ratio above 1: the heads copy the same tokens "
                + "more often than chance would have it.",
        };
    }

    private static ReportTable Strata(HeadRolesResult found)
    {
        var copied = found.MainPair.Copied;
        ReportColumn[] columns =
        [
            ReportColumn.Text("occurs in training text"), ReportColumn.Count("both"), ReportColumn.Count("only the first"),
            ReportColumn.Count("only the second"), ReportColumn.Count("neither"), ReportColumn.Number("odds ratio", 2),
        ];
        static ReportValue[] Cells(string stratum, ContingencyTable table) =>
            [stratum, table.Both, table.OnlyFirst, table.OnlySecond, table.Neither, table.OddsRatio];
        string tokens = found.TrainingTokens.ToString("N0", CultureInfo.InvariantCulture);
        return new(StrataTable, $"Heads {copied.A} and {copied.B} by the frequency of tokens", columns,
            [.. CopiedSets.StrataNames.Zip(copied.Strata, Cells)])
        {
            Units = $"All tokens; frequencies are counted in {tokens} tokens of {found.TrainingSource}, which need not be all that the "
                + "model was trained on.",
        };
    }

    private static ReportTable Angles(HeadRolesResult found)
    {
        ReportColumn[] columns =
        [
            ReportColumn.Heads("heads"), ReportColumn.Text("A and B"), ReportColumn.Number("read: mean cos²"),
            ReportColumn.Number("read: largest cos"), ReportColumn.Number("write: mean cos²"), ReportColumn.Number("write: largest cos"),
        ];
        static double MeanSquare(IReadOnlyList<double> cosines) => cosines.Average(cosine => cosine * cosine);
        ReportValue[] Cells(HeadPairRoles pair) =>
        [
            NameOf(pair), MarkOf(found, pair), MeanSquare(pair.ReadCosines), pair.ReadCosines.Max(), MeanSquare(pair.WriteCosines),
            pair.WriteCosines.Max(),
        ];
        (int value, int width) = (found.Model.DValue, found.Model.DModel);
        string chance = ((double)value / width).ToString("0.000", CultureInfo.InvariantCulture);
        return new(AnglesTable, "Principal angles of what heads read and write", columns, [.. found.Pairs.Select(Cells)])
        {
            Units = "Fixed weights: no intervals.",
            Note = $"Read: the columns of W_V; write: the rows of W_O. Random spaces of {value} of {width} dimensions have a mean cos² of "
                + $"{chance}.",
        };
    }

    private static ReportTable Contexts(Gate gate, IReadOnlyList<RoleContext> contexts, string units)
    {
        ReportColumn[] columns =
        [
            ReportColumn.Text("context"), ReportColumn.Text("targets"), ReportColumn.Count("positions"),
            ReportColumn.Number("correct logit from A"), ReportColumn.Number("correct logit from B"),
            ReportColumn.Number("loss without A", 4, "nats"), ReportColumn.Number("A from", 4, "nats", key: "loss_without_a_from"),
            ReportColumn.Number("A to", 4, "nats", key: "loss_without_a_to"), ReportColumn.Number("loss without B", 4, "nats"),
            ReportColumn.Number("B from", 4, "nats", key: "loss_without_b_from"),
            ReportColumn.Number("B to", 4, "nats", key: "loss_without_b_to"), ReportColumn.Number("loss without both", 4, "nats"),
            ReportColumn.Number("softmax saturation", 4, "nats"),
        ];
        static ReportValue[] Cells(RoleContext row) =>
        [
            Words(row.Context), Words(row.Targets), row.Positions, row.LogitA, row.LogitB, row.LossA.Estimate, row.LossA.Low,
            row.LossA.High, row.LossB.Estimate, row.LossB.Low, row.LossB.High, row.LossBoth, row.Saturation,
        ];
        return new(ContextsTable, "What each of the two does, by context", columns, [.. contexts.Select(Cells)])
        {
            Units = units,
            Note = $"A is head {gate.A}, B head {gate.B}. Losses are rises over the model's where a head writes its mean over training "
                + "text. Correct logits are centred over the vocabulary. "
                + "Softmax saturation: the rise without both, less the sum of the two.",
        };
    }

    private static ReportTable Specialization(Gate gate, IReadOnlyList<RoleSpecialization> figures, string units)
    {
        ReportColumn[] columns =
        [
            ReportColumn.Text("measured by"), ReportColumn.Text("targets"), ReportColumn.Number("S", 2, key: "specialisation"),
            ReportColumn.Number("from", 2, key: "specialisation_from"), ReportColumn.Number("to", 2, key: "specialisation_to"),
        ];
        static ReportValue[] Cells(RoleSpecialization one) => [one.Measure, Words(one.Targets), one.S.Estimate, one.S.Low, one.S.High];
        return new(SpecializationTable, "Is one of the two more for induction than the other?", columns, [.. figures.Select(Cells)])
        {
            Units = units,
            Note = "S = log[(dA,i / dB,i) / (dA,ii / dB,ii)], d the effect of a head in context i (induction) or ii (seen, not after this "
                + $"token). Above 0: A ({gate.A}) is relatively more for induction than B ({gate.B}); near 0: the same mix. "
                + "Not given where an effect cannot be told from zero or is harmful. "
                + $"{figures.Count} figures of the same text: intervals are not corrected for their number.",
        };
    }

    private static ReportChart Picture(Gate gate, IReadOnlyList<RoleContext> contexts)
    {
        RoleContext[] all = [.. contexts.Where(row => row.Targets == TextTargets.All)];
        return ReportChart.Bars("contexts-picture", "What the model loses without each of the two heads, by context",
            "Rise of the loss on validation text under mean ablation. Lines: 95 % block bootstrap.", "loss, nats a token",
            [.. all.Select(row => Words(row.Context))],
            [
                ShownIntervals.Series($"without A ({gate.A})", [], [.. all.Select(row => row.LossA)]),
                ShownIntervals.Series($"without B ({gate.B})", [], [.. all.Select(row => row.LossB)]),
            ],
            "0.000");
    }

    private static string Units(RoleFigures figures)
    {
        long positions = figures.Positions([.. Enumerable.Range(0, TextContexts.Cells)]);
        return string.Create(CultureInfo.InvariantCulture, $"{positions:N0} positions; {figures.Intervals.Units}");
    }

    private static string NameOf(HeadPairRoles pair) => $"{pair.Copied.A} and {pair.Copied.B}";

    private static string MarkOf(HeadRolesResult found, HeadPairRoles pair) => found.IsMain(pair) ? "yes" : "";

    private static string Words(TextContext context) => context switch
    {
        TextContext.Induction => "i: seen after this token",
        TextContext.Seen => "ii: seen, not after this token",
        _ => "iii: new",
    };

    private static string Words(TextTargets targets) => targets switch
    {
        TextTargets.All => "all",
        TextTargets.Names => "names",
        _ => "others",
    };
}
