using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 5: whether two heads share one job or have two.</summary>
internal sealed class HeadRoles : IExperiment
{
    private const string SetsTable = "copied-sets", StrataTable = "copied-strata", AnglesTable = "principal-angles", ContextsTable = "contexts", SpecializationTable = "specialization";
    private const int MostHeads = 6;
    private static readonly string[] s_targets = ["all", "names", "others"];

    public string Name => "roles";

    public string Title => "5. Head roles";

    public string Question => "Do two heads copy the same tokens, read and write the same directions, and help in the same contexts? Two heads with one job would; heads with different jobs would not.";

    public int Version => 3;

    public string? Unavailable(ExperimentContext context) => context.Tested.Forward.NoLinearPair;

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var gate = context.Tested.Gate(progress, cancellationToken);
        var forward = context.Tested.Forward;
        HeadIndex[] heads = [.. gate.Heads.OrderByDescending(row => row.Head == gate.A || row.Head == gate.B).ThenByDescending(row => row.Top1).Take(MostHeads).Select(row => row.Head)];
        (HeadIndex A, HeadIndex B)[] pairs = [.. heads.SelectMany((a, i) => heads.Skip(i + 1).Select(b => a.Head <= b.Head || (a, b) == (gate.A, gate.B) ? (a, b) : (b, a)))];
        var steps = new Steps(heads.Length + pairs.Length + 1, progress, cancellationToken);
        var counts = forward.Text.Counts(context.Config.Vocabulary);
        bool[] Copied(params HeadIndex[] sum) => steps.Next($"tokens that {string.Join(" + ", sum)} copies", () => CopiedSets.CopiedBy(TokenCircuit.OfHeads(context.Model.Weights, sum), cancellationToken));
        var alone = heads.ToDictionary(head => head, head => Copied(head));
        CopiedSets[] sets = [.. pairs.Select(pair => CopiedSets.Of(pair.A, pair.B, alone[pair.A], alone[pair.B], Copied(pair.A, pair.B), counts))];
        var figures = steps.Next("contexts", () => context.Part("contexts", () => RoleFigures.Measure(forward.Pair(gate.A, gate.B), new(context.Model.Vocabulary, forward.Text.Separator))));
        var specializations = Specializations(figures).ToArray();
        var main = sets.First(set => Same(set, gate));
        return gate.Mark(new()
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(gate, main, specializations)],
            Pictures = [Picture(gate, figures)],
            Tables =
            [
                new(SetsTable, "Which tokens two heads copy",
                    [
                        ReportColumn.Heads("heads"), ReportColumn.Text("A and B"), ReportColumn.Count("both"), ReportColumn.Count("only the first"),
                        ReportColumn.Count("only the second"), ReportColumn.Count("neither"), ReportColumn.Number("odds ratio over strata", 2),
                        ReportColumn.Share("P(second | first)", key: "p_second_given_first"),
                        ReportColumn.Share("P(second | not first)", key: "p_second_given_not_first"),
                        ReportColumn.Count("only together"), ReportColumn.Count("lost in sum"),
                    ],
                    [.. sets.Select(set => (ReportValue[])[$"{set.A} and {set.B}", Same(set, gate) ? "yes" : "", set.All.Both, set.All.OnlyFirst, set.All.OnlySecond, set.All.Neither, set.OddsRatio, set.GivenA, set.GivenNotA, set.OnlyTogether, set.LostInSum])])
                {
                    Units = $"{Census(context.Config)} Odds ratios are those that three strata of training frequency have in common (Mantel and Haenszel).",
                    Note = $"{sets.Length} pairs of {heads.Length} heads: A, B and the best copiers of the last layer. No test is made; of so many pairs the most extreme looks so in part by chance. An odds ratio above 1: the heads copy the same tokens more often than chance would have it.",
                },
                Strata(main, forward.Text),
                Angles(context, pairs, gate),
                Contexts(gate, figures),
                new(SpecializationTable, "Is one of the two more for induction than the other?",
                    [
                        ReportColumn.Text("measured by"), ReportColumn.Text("targets"), ReportColumn.Number("S", 2, key: "specialisation"),
                        ReportColumn.Number("from", 2, key: "specialisation_from"), ReportColumn.Number("to", 2, key: "specialisation_to"),
                    ],
                    [.. specializations.Select(one => (ReportValue[])[one.Measure, one.Targets, one.S.Estimate, one.S.Low, one.S.High])])
                {
                    Units = Units(figures),
                    Note = $"S = log[(dA,i / dB,i) / (dA,ii / dB,ii)], d the effect of a head in context i (induction) or ii (seen, not after this token). Above 0: A ({gate.A}) is relatively more for induction than B ({gate.B}); near 0: the same mix. "
                        + $"Not given where an effect cannot be told from zero or is harmful. {specializations.Length} figures of the same text: intervals are not corrected for their number.",
                },
            ],
            Notes =
            [
                .. context.Tested.Forward.Held,
                new("What interacts", "Two heads of one layer add their logits: their interaction in logits is exactly zero. Where their effects on the loss do not add up, that is saturation of the softmax and no co-operation."),
                new("Names", "A target counts as a name where it begins a word with a capital and does not begin a sentence: a rule of thumb."),
            ],
        });
    }

    private static bool Same(CopiedSets set, Gate gate) => set.A == gate.A && set.B == gate.B || set.A == gate.B && set.B == gate.A;

    private static string Units(RoleFigures figures) => string.Create(CultureInfo.InvariantCulture, $"{figures.Positions([.. Enumerable.Range(0, TextContexts.Cells)]):N0} positions; {figures.Intervals.Units}");

    private static int[] Cells(TextContext context, string targets) => [.. Enumerable.Range(0, TextContexts.Cells).Where(cell => TextContexts.ContextOf(cell) == context && (targets == "all" || TextContexts.IsOfNames(cell) == (targets == "names")))];

    private static IEnumerable<(string Measure, string Targets, ConfidenceInterval S)> Specializations(RoleFigures figures)
    {
        foreach (string targets in s_targets)
            foreach (var (measure, a, b) in new[] { ("correct-logit attribution", RoleFigures.LogitA, RoleFigures.LogitB), ("ablation", RoleFigures.LossA, RoleFigures.LossB) })
                yield return (measure, targets, figures.Specialization(a, b, Cells(TextContext.Induction, targets), Cells(TextContext.Seen, targets)));
    }

    private static IEnumerable<ReportStatement> Statements(Gate gate, CopiedSets main, (string Measure, string Targets, ConfidenceInterval S)[] specializations) =>
    [
        .. new[] { RoleVerdicts.Overlap(gate, main, SetsTable) }.OfType<ReportStatement>(), RoleVerdicts.Together(gate, main, SetsTable),
        .. specializations.Where(one => one.Targets == "all").Select(one => RoleVerdicts.Specialization(gate, one.Measure, one.S, SpecializationTable)),
    ];

    private static ReportTable Strata(CopiedSets set, ModelText text) => new(StrataTable, $"Heads {set.A} and {set.B} by the frequency of tokens",
        [ReportColumn.Text("occurs in training text"), ReportColumn.Count("both"), ReportColumn.Count("only the first"), ReportColumn.Count("only the second"), ReportColumn.Count("neither"), ReportColumn.Number("odds ratio", 2)],
        [.. CopiedSets.StrataNames.Zip(set.Strata).Select(pair => (ReportValue[])[pair.First, pair.Second.Both, pair.Second.OnlyFirst, pair.Second.OnlySecond, pair.Second.Neither, pair.Second.OddsRatio])])
    { Units = string.Create(CultureInfo.InvariantCulture, $"All tokens; frequencies are counted in {text.Training.Count:N0} tokens of {text.TrainingSource}, which need not be all that the model was trained on.") };

    private static ReportTable Angles(ExperimentContext context, (HeadIndex A, HeadIndex B)[] pairs, Gate gate)
    {
        var weights = context.Model.Weights;
        return new(AnglesTable, "Principal angles of what heads read and write",
            [
                ReportColumn.Heads("heads"), ReportColumn.Text("A and B"), ReportColumn.Number("read: mean cos²"), ReportColumn.Number("read: largest cos"),
                ReportColumn.Number("write: mean cos²"), ReportColumn.Number("write: largest cos"),
            ],
            [.. pairs.Select(pair =>
            {
                double[] read = PrincipalAngles.Cosines(weights.W_V(pair.A), weights.W_V(pair.B)), write = PrincipalAngles.Cosines(weights.W_O(pair.A).Transpose(), weights.W_O(pair.B).Transpose());
                return (ReportValue[])[$"{pair.A} and {pair.B}", pair == (gate.A, gate.B) || pair == (gate.B, gate.A) ? "yes" : "", read.Average(c => c * c), read.Max(), write.Average(c => c * c), write.Max()];
            })])
        {
            Units = "Fixed weights: no intervals.",
            Note = string.Create(CultureInfo.InvariantCulture, $"Read: the columns of W_V; write: the rows of W_O. Random spaces of {context.Config.DValue} of {context.Config.DModel} dimensions have a mean cos² of {(double)context.Config.DValue / context.Config.DModel:0.000}."),
        };
    }

    private static ReportTable Contexts(Gate gate, RoleFigures figures)
    {
        var rows = from context in Enum.GetValues<TextContext>()
                   from targets in s_targets
                   let cells = Cells(context, targets)
                   let lossA = figures.Interval(RoleFigures.LossA, cells)
                   let lossB = figures.Interval(RoleFigures.LossB, cells)
                   let both = figures.Interval(RoleFigures.LossBoth, cells).Estimate
                   select (ReportValue[])
                   [
                       Words(context), targets, figures.Positions(cells), figures.Interval(RoleFigures.LogitA, cells).Estimate, figures.Interval(RoleFigures.LogitB, cells).Estimate,
                       lossA.Estimate, lossA.Low, lossA.High, lossB.Estimate, lossB.Low, lossB.High, both, both - lossA.Estimate - lossB.Estimate,
                   ];
        return new(ContextsTable, "What each of the two does, by context",
            [
                ReportColumn.Text("context"), ReportColumn.Text("targets"), ReportColumn.Count("positions"), ReportColumn.Number("correct logit from A"), ReportColumn.Number("correct logit from B"),
                ReportColumn.Number("loss without A", 4, "nats"), ReportColumn.Number("A from", 4, "nats", key: "loss_without_a_from"),
                ReportColumn.Number("A to", 4, "nats", key: "loss_without_a_to"), ReportColumn.Number("loss without B", 4, "nats"),
                ReportColumn.Number("B from", 4, "nats", key: "loss_without_b_from"), ReportColumn.Number("B to", 4, "nats", key: "loss_without_b_to"),
                ReportColumn.Number("loss without both", 4, "nats"), ReportColumn.Number("softmax saturation", 4, "nats"),
            ], [.. rows])
        {
            Units = Units(figures),
            Note = $"A is head {gate.A}, B head {gate.B}. Losses are rises over the model's where a head writes its mean over training text. Correct logits are centred over the vocabulary. Softmax saturation: the rise without both, less the sum of the two.",
        };
    }

    private static ReportChart Picture(Gate gate, RoleFigures figures)
    {
        int[][] cells = [.. Enum.GetValues<TextContext>().Select(context => Cells(context, "all"))];
        ChartSeries Series(string name, int measure) => ShownIntervals.Series(name, [], [.. cells.Select(own => figures.Interval(measure, own))]);
        return ReportChart.Bars("contexts-picture", "What the model loses without each of the two heads, by context", "Rise of the loss on validation text under mean ablation. Lines: 95 % block bootstrap.", "loss, nats a token",
            [.. Enum.GetValues<TextContext>().Select(Words)], [Series($"without A ({gate.A})", RoleFigures.LossA), Series($"without B ({gate.B})", RoleFigures.LossB)], "0.000");
    }

    private static string Words(TextContext context) => context switch
    {
        TextContext.Induction => "i: seen after this token",
        TextContext.Seen => "ii: seen, not after this token",
        _ => "iii: new",
    };
}
