using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;
using static OVPipeline.Samples.TestTheClaim.CopyingColumns;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Experiment 4: other circuits in the place of two heads' OV circuits, judged by next-token loss.</summary>
internal sealed class PutItBack : IExperiment
{
    private const string GateTable = "gate", ArmsTable = "put-back-arms", SplitTable = "copy-split";

    // From this share of the original's gain on, half the rank under one pattern does what two heads do.
    private const double AsGood = 0.9;

    public string Name => "put-back";

    public string Title => "4. Put it back";

    public string Question => "If a trained copier takes the place of a head's OV circuit, does the model predict text as well? And how much of what these heads do for it is copying?";

    public int Version => 1;

    public string? Unavailable(ExperimentContext context) => context.Tested.Forward.NoLinearPair;

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var gate = context.Tested.Gate(progress, cancellationToken);
        var text = context.Tested.Forward.Pair(gate.A, gate.B);
        HeadIndex[][] places = [[gate.A], [gate.B], [gate.A, gate.B]];
        var arms = new PutBackArms(context, gate.A, gate.B, cancellationToken).All().ToArray();
        var steps = new Steps(arms.Length + 2 * places.Length, progress, cancellationToken);
        PutBackResult[] none = [.. places.Select(place => steps.Next("mean ablation", () => context.Part($"none-{Key(place)}", () => PutBackResult.MeanAblation(text, place))))];
        (PutBackArm Arm, PutBackResult Result)[] results = [.. arms.Select((arm, i) => (arm, steps.Next($"{arm.Name}, {Key(arm.Place)}", () => context.Part($"arm-{i}", () => PutBackResult.Judge(text, arm)))))];
        CopySplit[] splits = [.. places.Select(place => steps.Next($"parts of {Key(place)}", () => context.Part($"split-{Key(place)}", () => CopySplit.Measure(text, place))))];

        string units = string.Create(CultureInfo.InvariantCulture, $"{none[0].Losses.Length} blocks of about 2,000 tokens of validation text; from and to: 95 % block bootstrap.");
        var rows = places.SelectMany((place, i) => Rows(gate, place, none[i], [.. results.Where(result => result.Arm.Place.SequenceEqual(place))])).ToArray();
        var section = new ReportSection
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(gate, rows), .. SplitStatements(gate, places, splits)],
            Pictures = [Picture(rows, gate), SplitPicture(gate, places, splits)],
            Tables =
            [
                new(ArmsTable, "What is put in the place of two heads' circuits, and what it gains over nothing",
                    [
                        ReportColumn.Text("in the place of"), ReportColumn.Text("arm"), ReportColumn.Count("rank"), ReportColumn.Number("fitted factor"), ReportColumn.Number("loss", 4, "nats"),
                        ReportColumn.Number("gain over mean ablation", 4, "nats"), ReportColumn.Number("gain from", 4, "nats"), ReportColumn.Number("gain to", 4, "nats"),
                        ReportColumn.Share("share of the original's gain", 0), ReportColumn.Share("share from", 0), ReportColumn.Share("share to", 0),
                    ], [.. rows.Select(row => row.Cells())])
                {
                    Units = units,
                    Note = "Every arm, the original too, has one factor, fitted on training text. Mean ablation writes the head's mean over training text and has none. "
                        + $"{rows.Length} arms are compared: of so many, the best and the worst look so in part by chance. A share is not shown where the original's own gain cannot be told from zero.",
                },
                Split(gate, places, splits, units),
                gate.Table(GateTable),
            ],
            Notes =
            [
                new("Harm is no evidence", "The rest of the model was trained together with the heads' own circuits. That a circuit which was not does worse in their place is no evidence against copying: it can be co-adaptation."),
                new("Copy fraction", "(L_none - L_diag) / (L_none - L_full): the share of what a head does for the loss that its diagonal alone does, attention to a token raising that token's own logit through its raw embedding. "
                    + "In each row the parts not named are at their mean over training text. Parts need not add up to the whole: the loss is not linear in the logits."),
            ],
        };
        return gate.Mark(section);
    }

    private static string Key(IReadOnlyList<HeadIndex> place) => string.Join("+", place);

    private static string Place(Gate gate, IReadOnlyList<HeadIndex> place) => place.Count == 2 ? $"A and B ({place[0]}, {place[1]})" : place[0] == gate.A ? $"A ({place[0]})" : $"B ({place[0]})";

    private static IEnumerable<PutBackRow> Rows(Gate gate, IReadOnlyList<HeadIndex> place, PutBackResult none, (PutBackArm Arm, PutBackResult Result)[] results)
    {
        double[] original = Gain(none, results.First(result => result.Arm.Name == PutBackArms.Original).Result);
        yield return new(Place(gate, place), place.Count, "nothing (mean ablation)", null, null, none.Losses.Average(), null, null);
        foreach (var (arm, result) in results)
        {
            double[] gain = Gain(none, result);
            yield return new(Place(gate, place), place.Count, arm.Name, arm.Rank, result.Factor, result.Losses.Average(), BlockIntervals.Mean(gain),
                arm.Name == PutBackArms.Original ? null : BlockIntervals.Ratio(gain, original));
        }
    }

    private static double[] Gain(PutBackResult none, PutBackResult arm) => [.. none.Losses.Zip(arm.Losses, (a, b) => a - b)];

    private static IEnumerable<ReportStatement> Statements(Gate gate, PutBackRow[] rows)
    {
        var both = rows.Where(row => row.Heads == 2).ToArray();
        PutBackRow Of(string arm) => both.First(row => row.Arm == arm);
        var original = Of(PutBackArms.Original);
        yield return new(gate.Topic(ReportTopic.Found), string.Create(CultureInfo.InvariantCulture, $"Heads {gate.A} and {gate.B} together are worth {original.Gain!.Value.Estimate:0.0000} nats a token on validation text{BlockIntervals.Ends(original.Gain.Value, "0.0000")}."), ArmsTable);
        foreach (var row in new[] { Of(PutBackArms.Copier), Of(PutBackArms.Matched), Of(PutBackArms.Truncated), Of(PutBackArms.Permuted), Of(PutBackArms.Random) })
            if (row.Share is { } share && double.IsFinite(share.Estimate))
                yield return new(gate.Topic(row.Arm == PutBackArms.Truncated && share.Estimate >= AsGood ? ReportTopic.CannotExplain : ReportTopic.Found), $"In the place of both, {row.Arm} keeps {Percent(share.Estimate)} of that{BlockIntervals.Ends(share, "0.0", 100, " %")}.", ArmsTable);
        if (original.Gain!.Value.Low <= 0)
            yield return new(gate.Topic(ReportTopic.Open), "That gain cannot be told from zero, so no share of it is given.", ArmsTable);
    }

    private static IEnumerable<ReportStatement> SplitStatements(Gate gate, HeadIndex[][] places, CopySplit[] splits)
    {
        foreach (var (place, split) in places.Zip(splits))
        {
            var fraction = Fraction(split, split.Diagonal);
            yield return double.IsFinite(fraction.Estimate)
                ? new(gate.Topic(ReportTopic.Found), $"Of what {Place(gate, place)} does for the loss, copying (the diagonal alone) does {Percent(fraction.Estimate)}{BlockIntervals.Ends(fraction, "0.0", 100, " %")}.", SplitTable)
                : new(gate.Topic(ReportTopic.Open), $"What {Place(gate, place)} does for the loss cannot be told from nothing, so its copy fraction is not given.", SplitTable);
        }
    }

    private static ConfidenceInterval Fraction(CopySplit split, double[] part) => BlockIntervals.Ratio(Minus(split.None, part), Minus(split.None, split.Full));

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static ReportTable Split(Gate gate, HeadIndex[][] places, CopySplit[] splits, string units) => new(SplitTable, "What the heads add to the logits, in three parts",
        [
            ReportColumn.Text("heads"), ReportColumn.Text("part as it is, the others at their mean"), ReportColumn.Number("loss", 4, "nats"), ReportColumn.Number("gain over mean ablation", 4, "nats"),
            ReportColumn.Share("fraction of the whole gain"), ReportColumn.Share("from"), ReportColumn.Share("to"),
        ],
        [.. places.Zip(splits).SelectMany(pair => new (string Name, double[] Losses)[]
            {
                ("none (mean ablation)", pair.Second.None), ("diagonal: copying", pair.Second.Diagonal), ("off-diagonal", pair.Second.OffDiagonal), ("composed", pair.Second.Composed), ("all: the model", pair.Second.Full),
            }.Select(part =>
            {
                var fraction = part.Losses == pair.Second.None ? new(double.NaN, double.NaN, double.NaN, 0.95) : Fraction(pair.Second, part.Losses);
                return (ReportValue[])[Place(gate, pair.First), part.Name, part.Losses.Average(), Minus(pair.Second.None, part.Losses).Average(), fraction.Estimate, fraction.Low, fraction.High];
            }))])
    { Units = units, Note = "At the model's own scale, no factor fitted. Where one head is split the other is as it is." };

    private static ReportPicture Picture(PutBackRow[] rows, Gate gate)
    {
        var both = rows.Where(row => row.Heads == 2 && row.Gain is not null).ToArray();
        return ReportChart.Bars("put-back-picture", $"What is put in the place of heads {gate.A} and {gate.B}: gain over mean ablation", "Validation text. Lines: 95 % block bootstrap.", "gain, millinats a token", [.. both.Select(row => row.Arm)],
        [
            new("gain", [], [.. both.Select(row => 1000 * row.Gain!.Value.Estimate)])
            {
                Low = [.. both.Select(row => 1000 * row.Gain!.Value.Low)],
                High = [.. both.Select(row => 1000 * row.Gain!.Value.High)],
            },
        ]);
    }

    private static ReportPicture SplitPicture(Gate gate, HeadIndex[][] places, CopySplit[] splits) => ReportChart.Bars("copy-split-picture", "What each part of the heads' logits does for the loss", "Gain over mean ablation on validation text, one part as it is and the others at their mean.",
        "gain, millinats a token", [.. places.Select(place => Place(gate, place))],
        [
            Gains("diagonal: copying", splits, split => split.Diagonal), Gains("off-diagonal", splits, split => split.OffDiagonal), Gains("composed", splits, split => split.Composed), Gains("all", splits, split => split.Full),
        ]);

    private static ChartSeries Gains(string name, CopySplit[] splits, Func<CopySplit, double[]> part)
    {
        var gains = splits.Select(split => BlockIntervals.Mean(Minus(split.None, part(split)))).ToArray();
        return new(name, [], [.. gains.Select(gain => 1000 * gain.Estimate)]) { Low = [.. gains.Select(gain => 1000 * gain.Low)], High = [.. gains.Select(gain => 1000 * gain.High)] };
    }
}
