using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>"Put it back" as sentences, charts and tables.</summary>
internal static class PutItBackReport
{
    internal const string ArmsTable = "put-back-arms";
    private const string GateTable = "gate", SplitTable = "copy-split", BooksTable = "put-back-books";

    public static ReportSection Of(PutItBackResult found)
    {
        var gate = found.Gate;
        var rows = found.Rows;
        var parts = found.Parts;
        string units = found.Intervals.Units;
        var section = new ReportSection
        {
            Id = PutItBack.Description.Name,
            Title = PutItBack.Description.Title,
            Question = PutItBack.Description.Question,
            Statements = [.. Statements(gate, rows), .. SplitStatements(gate, parts)],
            Charts = parts.Count > 0 ? [Picture(rows, gate), CopySplitRow.Picture(parts)] : [Picture(rows, gate)],
            Tables =
            [
                Arms(rows, units), .. parts.Count > 0 ? [CopySplitRow.Table(SplitTable, parts, units)] : Array.Empty<ReportTable>(),
                Books(found), gate.Table(GateTable),
            ],
            Notes =
            [
                .. HeldNorm.Notes(found.Model, found.IsRunAgain, direct: parts.Count > 0),
                .. Skipped(found),
                new("Harm is no evidence",
                    "The rest of the model was trained together with the heads' own circuits. That a circuit which was not does worse in "
                    + "their place is no evidence against copying: it can be co-adaptation."),
                new("Copy fraction",
                    "(L_none - L_diag) / (L_none - L_full): the share of what a head does for the loss that its diagonal alone does, "
                    + "attention to a token raising that token's own logit through its raw embedding. In each row the parts not named are "
                    + "at their mean over training text. Parts need not add up to the whole: the loss is not linear in the logits."),
            ],
        };
        return gate.Mark(section);
    }

    private static IEnumerable<ReportStatement> Statements(Gate gate, IReadOnlyList<PutBackRow> rows)
    {
        PutBackRow Of(string arm) => rows.First(row => row.Heads == 2 && row.Arm == arm);
        foreach (var statement in PutBackVerdicts.Worth(gate, Of(PutBackArmName.Original).Gain!.Value, ArmsTable))
            yield return statement;
        string[] told =
        [
            PutBackArmName.Copier, PutBackArmName.Matched, PutBackArmName.Truncated, PutBackArmName.Permuted, PutBackArmName.Random,
        ];
        foreach (var row in told.Where(arm => rows.Any(row => row.Arm == arm)).Select(Of))
            if (PutBackVerdicts.Kept(gate, row.Arm, row.Share!.Value, row.Gain!.Value, ArmsTable) is { } kept)
                yield return kept;
    }

    // What was left out, and why.
    private static IEnumerable<ReportNote> Skipped(PutItBackResult found)
    {
        if (found.NoCopiers is { } noCopiers)
            yield return new("No trained copiers", $"No fitted circuit is put in the heads' place: {noCopiers}.");
        if (found.NoSplit is { } noSplit)
            yield return new("No copy fraction", $"What the heads add to the logits is not split into parts: {noSplit}.");
    }

    private static IEnumerable<ReportStatement> SplitStatements(Gate gate, IReadOnlyList<CopySplitRow> parts)
    {
        CopySplitRow[] diagonals = [.. parts.Where(row => row.Part == CopySplitRow.Diagonal)];
        foreach (var row in diagonals.Where(row => double.IsFinite(row.Fraction.Estimate)))
            yield return PutBackVerdicts.CopyFraction(gate, row.Place, row.Fraction, SplitTable);
        // What cannot be told is said once.
        CopySplitRow[] untold = [.. diagonals.Where(row => !double.IsFinite(row.Fraction.Estimate))];
        if (untold.Length > 0)
        {
            yield return PutBackVerdicts.CopyFraction(
                gate, string.Join(" or ", untold.Select(row => row.Place)), untold[0].Fraction, SplitTable);
        }
    }

    private static ReportTable Arms(IReadOnlyList<PutBackRow> rows, string units) => new(
        ArmsTable, "What is put in the place of two heads' circuits, and what it gains over nothing",
        [
            ReportColumn.Heads("in the place of"), ReportColumn.Heads("arm"), ReportColumn.Count("rank"),
            ReportColumn.Number("fitted factor"), ReportColumn.Number("loss", 4, "nats"),
            ReportColumn.Number("gain over mean ablation", 4, "nats"),
            ReportColumn.Number("gain from", 4, "nats", key: "gain_over_mean_ablation_from"),
            ReportColumn.Number("gain to", 4, "nats", key: "gain_over_mean_ablation_to"),
            ReportColumn.Share("share of the original's gain", 0, key: "share_of_gain"),
            ReportColumn.Share("share from", 0, key: "share_of_gain_from"), ReportColumn.Share("share to", 0, key: "share_of_gain_to"),
        ],
        [.. rows.Select(row => row.Cells())])
    {
        Units = units,
        Note = "Every arm, the original too, writes the replaced heads' mean over training text and, times one factor fitted there, what "
            + "its circuit writes beyond its own mean: factor 0 is mean ablation. "
            + $"{rows.Count} arms are compared: of so many, the best and the worst look so in part by chance. "
            + "A share is shown where it is one: in [0, 1], and where the original's own gain can be told from zero.",
    };

    private static ReportTable Books(PutItBackResult found)
    {
        var intervals = found.Intervals;
        var both = found.Places[^1];
        (string Name, IReadOnlyList<double>? Blocks)[] all =
        [
            ("loss under mean ablation", both.None.Losses), ("gain of the original", both.Gain(PutBackArmName.Original)),
            ("gain of the copier", GainOf(PutBackArmName.Copier)), ("gain of the truncated pair", GainOf(PutBackArmName.Truncated)),
            ("gain of the diagonal alone", GainOfPart(both.Split?.Diagonal)),
            ("gain of the whole, no factor", GainOfPart(both.Split?.Full)),
        ];
        var columns = all.Where(one => one.Blocks is not null).Select(one => (one.Name, Books: intervals.ByBook(one.Blocks!))).ToArray();
        return new(BooksTable, "The same by book: both heads",
            [ReportColumn.Count("book"), .. columns.Select(column => ReportColumn.Number(column.Name, 4, "nats"))],
            [
                .. Enumerable.Range(0, columns[0].Books.Count)
                    .Select(book => (ReportValue[])[book + 1, .. columns.Select(column => column.Books[book])]),
            ])
        {
            Units = "Means over each book's blocks of validation text, in the order of the text.",
            Note = "What holds in one book only is no finding about text.",
        };

        double[]? GainOf(string arm) => both.Arms.Any(one => one.Arm == arm) ? both.Gain(arm) : null;
        double[]? GainOfPart(IReadOnlyList<double>? part) =>
            part is null ? null : [.. both.Split!.None.Zip(part, (none, own) => none - own)];
    }

    private static ReportChart Picture(IReadOnlyList<PutBackRow> rows, Gate gate)
    {
        var both = rows.Where(row => row.Heads == 2 && row.Gain is not null).ToArray();
        return ReportChart.Bars("put-back-picture",
            $"What is put in the place of heads {gate.A} and {gate.B}: gain over mean ablation",
            "Validation data. Lines: 95 % bootstrap over blocks, within books.", "gain, millinats a prediction",
            [.. both.Select(row => row.Arm)],
            [ShownIntervals.Series("gain", [], [.. both.Select(row => row.Gain!.Value)], 1000)]);
    }
}
