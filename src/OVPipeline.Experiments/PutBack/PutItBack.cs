using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 4: other circuits in the place of two heads' OV circuits, judged by next-token loss.</summary>
internal sealed class PutItBack : IExperiment
{
    private const string GateTable = "gate", ArmsTable = "put-back-arms", SplitTable = "copy-split", BooksTable = "put-back-books";

    public string Name => "put-back";

    public string Title => "4. Put it back";

    public string Question => "If a trained copier takes the place of a head's OV circuit, does the model predict text as well? And how much of what these heads do for it is copying?";

    public int Version => 5;

    public string? Unavailable(ExperimentContext context) => context.Tested.Forward.NoLinearPair ?? context.Tested.Forward.NoScales;

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

        var intervals = new BlockIntervals(text.Books);
        var rows = places.SelectMany((place, i) => Rows(gate, place, none[i], [.. results.Where(result => result.Arm.Place.SequenceEqual(place))], intervals)).ToArray();
        var parts = places.Zip(splits).SelectMany(pair => CopySplitRow.Of(Place(gate, pair.First), pair.Second, intervals)).ToArray();
        var section = new ReportSection
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(gate, rows), .. SplitStatements(gate, parts)],
            Pictures = [Picture(rows, gate), CopySplitRow.Picture(parts)],
            Tables =
            [
                new(ArmsTable, "What is put in the place of two heads' circuits, and what it gains over nothing",
                    [
                        ReportColumn.Heads("in the place of"), ReportColumn.Heads("arm"), ReportColumn.Count("rank"), ReportColumn.Number("fitted factor"), ReportColumn.Number("loss", 4, "nats"),
                        ReportColumn.Number("gain over mean ablation", 4, "nats"),
                        ReportColumn.Number("gain from", 4, "nats", key: "gain_over_mean_ablation_from"),
                        ReportColumn.Number("gain to", 4, "nats", key: "gain_over_mean_ablation_to"),
                        ReportColumn.Share("share of the original's gain", 0, key: "share_of_gain"),
                        ReportColumn.Share("share from", 0, key: "share_of_gain_from"), ReportColumn.Share("share to", 0, key: "share_of_gain_to"),
                    ], [.. rows.Select(row => row.Cells())])
                {
                    Units = intervals.Units,
                    Note = "Every arm, the original too, writes the replaced heads' mean over training text and, times one factor fitted there, what its circuit writes beyond its own mean: factor 0 is mean ablation. "
                        + $"{rows.Length} arms are compared: of so many, the best and the worst look so in part by chance. A share is shown where it is one: in [0, 1], and where the original's own gain can be told from zero.",
                },
                CopySplitRow.Table(SplitTable, parts, intervals.Units),
                Books(none[^1], results, splits[^1], intervals),
                gate.Table(GateTable),
            ],
            Notes =
            [
                .. context.Tested.Forward.Held,
                new("Harm is no evidence", "The rest of the model was trained together with the heads' own circuits. That a circuit which was not does worse in their place is no evidence against copying: it can be co-adaptation."),
                new("Copy fraction", "(L_none - L_diag) / (L_none - L_full): the share of what a head does for the loss that its diagonal alone does, attention to a token raising that token's own logit through its raw embedding. "
                    + "In each row the parts not named are at their mean over training text. Parts need not add up to the whole: the loss is not linear in the logits."),
            ],
        };
        return gate.Mark(section);
    }

    private static string Key(IReadOnlyList<HeadIndex> place) => string.Join("+", place);

    private static string Place(Gate gate, IReadOnlyList<HeadIndex> place) => place.Count == 2 ? $"A and B ({place[0]}, {place[1]})" : place[0] == gate.A ? $"A ({place[0]})" : $"B ({place[0]})";

    private static IEnumerable<PutBackRow> Rows(Gate gate, IReadOnlyList<HeadIndex> place, PutBackResult none, (PutBackArm Arm, PutBackResult Result)[] results, BlockIntervals intervals)
    {
        double[] original = Gain(none, results.First(result => result.Arm.Name == PutBackArms.Original).Result);
        yield return new(Place(gate, place), place.Count, "nothing (mean ablation)", null, null, none.Losses.Average(), null, null);
        foreach (var (arm, result) in results)
        {
            double[] gain = Gain(none, result);
            yield return new(Place(gate, place), place.Count, arm.Name, arm.Rank, result.Factor, result.Losses.Average(), intervals.Mean(gain),
                arm.Name == PutBackArms.Original ? null : intervals.Ratio(gain, original));
        }
    }

    private static double[] Gain(PutBackResult none, PutBackResult arm) => [.. none.Losses.Zip(arm.Losses, (a, b) => a - b)];

    private static IEnumerable<ReportStatement> Statements(Gate gate, PutBackRow[] rows)
    {
        var both = rows.Where(row => row.Heads == 2).ToArray();
        PutBackRow Of(string arm) => both.First(row => row.Arm == arm);
        string[] told = [PutBackArms.Copier, PutBackArms.Matched, PutBackArms.Truncated, PutBackArms.Permuted, PutBackArms.Random];
        return PutBackVerdicts.Worth(gate, Of(PutBackArms.Original).Gain!.Value, ArmsTable)
            .Concat(told.Select(Of).Select(row => PutBackVerdicts.Kept(gate, row.Arm, row.Share!.Value, row.Gain!.Value, ArmsTable)).OfType<ReportStatement>());
    }

    private static IEnumerable<ReportStatement> SplitStatements(Gate gate, CopySplitRow[] parts) =>
        parts.Where(row => row.Part == CopySplitRow.Diagonal).Select(row => PutBackVerdicts.CopyFraction(gate, row.Place, row.Fraction, SplitTable));

    private static ReportTable Books(PutBackResult none, (PutBackArm Arm, PutBackResult Result)[] results, CopySplit split, BlockIntervals intervals)
    {
        var both = results.Where(result => result.Arm.Place.Count == 2).ToArray();
        IReadOnlyList<double> GainOf(string arm) => intervals.ByBook(Gain(none, both.First(result => result.Arm.Name == arm).Result));
        var (original, copier, truncated) = (GainOf(PutBackArms.Original), GainOf(PutBackArms.Copier), GainOf(PutBackArms.Truncated));
        var (losses, diagonal, full) = (intervals.ByBook(none.Losses), intervals.ByBook(split.None.Zip(split.Diagonal, (a, b) => a - b).ToArray()), intervals.ByBook(split.None.Zip(split.Full, (a, b) => a - b).ToArray()));
        return new(BooksTable, "The same by book: both heads",
            [
                ReportColumn.Count("book"), ReportColumn.Number("loss under mean ablation", 4, "nats"), ReportColumn.Number("gain of the original", 4, "nats"), ReportColumn.Number("gain of the copier", 4, "nats"),
                ReportColumn.Number("gain of the truncated pair", 4, "nats"), ReportColumn.Number("gain of the diagonal alone", 4, "nats"), ReportColumn.Number("gain of the whole, no factor", 4, "nats"),
            ],
            [.. Enumerable.Range(0, losses.Count).Select(book => (ReportValue[])[book + 1, losses[book], original[book], copier[book], truncated[book], diagonal[book], full[book]])])
        { Units = "Means over each book's blocks of validation text, in the order of the text.", Note = "What holds in one book only is no finding about text." };
    }

    private static ReportChart Picture(PutBackRow[] rows, Gate gate)
    {
        var both = rows.Where(row => row.Heads == 2 && row.Gain is not null).ToArray();
        return ReportChart.Bars("put-back-picture", $"What is put in the place of heads {gate.A} and {gate.B}: gain over mean ablation", "Validation text. Lines: 95 % bootstrap over blocks, within books.", "gain, millinats a token", [.. both.Select(row => row.Arm)],
            [ShownIntervals.Series("gain", [], [.. both.Select(row => row.Gain!.Value)], 1000)]);
    }
}
