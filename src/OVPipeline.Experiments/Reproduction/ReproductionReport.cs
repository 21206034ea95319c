using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 1 as sentences, a chart and tables.</summary>
internal static class ReproductionReport
{
    private const string HeadsTable = "heads", PairsTable = "pairs", SumsTable = "circuits", HubsTable = "without-mean-row";
    private const string MeanTable = "mean-embeddings";
    private const int ShownHeads = 12;

    private static readonly ReportNote[] s_notes =
    [
        new("Effective copying rank",
            "Model the diagonal and the other logits of a row as Gaussians of equal variance: the top-1 share then fixes how far the "
            + "diagonal stands out, d'. Unlike a share it can be compared between vocabularies; its square grows with rank. A random code "
            + "of r dimensions would have d'² = r."),
        new("Log-loss",
            "At its natural scale a circuit's log-loss mixes what it knows with how loud it is. The calibrated one allows every circuit "
            + "one temperature of its own."),
        new("Capacity",
            "A low-rank code of V tokens has 2 d_model r numbers to hold them with, 2 d_model r / V a token: 1.96 for one head of the "
            + "course's model. Copiers are fitted at the head's rank and at the rank that matches this."),
    ];

    public static ReportSection Of(ReproductionResult found)
    {
        string census = Census(found.Model);
        return new()
        {
            Id = Reproduction.Description.Name,
            Title = Reproduction.Description.Title,
            Question = Reproduction.Description.Question,
            Statements = [.. ReproductionVerdicts.Of(Figures(found))],
            Charts = [Chart([.. found.Circuits.Select(circuit => circuit.Row)])],
            Tables =
            [
                Table(SumsTable, "Circuits of the model, and trained ones", census, found.Circuits.Select(circuit => circuit.Row),
                    "Truncations are the Frobenius-optimal ones, not the accuracy-optimal ones."),
                Table(HeadsTable, HeadsTitle(found), census, found.Heads, "In the order of top-1.", ShownHeads),
                Pairs(found.Found, census),
                Table(HubsTable, "The same with the mean row removed", census, found.Circuits.Select(circuit => circuit.WithoutMeanRow),
                    "Columns that are high in every row (hubs) no longer win them all."),
                FromMeans(found, census),
            ],
            Notes = s_notes,
        };
    }

    /// <summary>What its sentences are made of.</summary>
    public static ReproductionFigures Figures(ReproductionResult found)
    {
        static CopyingFigure Figure(CopyingRow row) => new(row.Name, row.Rank, row.Top1);
        return new()
        {
            NoCopyingHead = CopyingSentences.NoCopyingHead(found.Found),
            Tokens = found.Model.Vocabulary,
            Copier = Figure(found.Copier.Row),
            CopierFailed = found.CopierFailed,
            Head = Figure(found.Heads[0]),
            HeadCopies = found.Found.HeadCopies,
            Pair = found.Pair is { } pair ? Figure(pair.Row) : null,
            PairCopies = found.Found.PairCopies,
            Truncated = found.TruncatedPair?.Row.Top1,
            HeadWithoutMeanRow = found.Head.WithoutMeanRow.Top1,
            Circuits = SumsTable,
            Hubs = HubsTable,
        };
    }

    private static ReportTable FromMeans(ReproductionResult found, string census)
    {
        const string Title = "The same read from mean embeddings";
        if (found.MeanEmbedding is not { } mean)
        {
            string why = $"Not run: {found.NoMeanEmbedding}.";
            return new(MeanTable, $"{Title}: not run", [ReportColumn.Heads("circuit")], []) { Units = why };
        }
        string units = $"{census} A row of the embedding is the mean over {mean.Source} of what layer {mean.Layer} reads where "
            + "the token stands.";
        return Table(MeanTable, Title, units, found.Circuits.Select(circuit => circuit.FromMeanEmbedding).OfType<CopyingRow>());
    }

    private static string HeadsTitle(ReproductionResult found) => found.Heads.Count == found.Found.Heads.Count
        ? "Every head alone"
        : $"The best {found.Heads.Count} of {found.Found.Heads.Count} heads alone";

    private static string LeftOut(CopyingHeads found) => found.PairsLeftOut == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {found.PairsLeftOut:N0} were not looked at, as their heads copy little alone");

    private static ReportTable Pairs(CopyingHeads found, string census)
    {
        static ReportValue[] Row(CopyingCount pair)
        {
            double? separation = pair.Tokens > 1 ? SignalSeparation.FromAccuracy(pair.Top1, pair.Tokens) : null;
            return [pair.Name, pair.Top1, pair.MeanReciprocalRank, separation, separation * separation];
        }

        string note = string.Create(CultureInfo.InvariantCulture,
            $"Of {found.PairCount:N0} pairs that share a layer{LeftOut(found)}. A pair is its heads' joint effect only where their "
            + $"attention patterns agree. In the order of top-1: the first is the best of many, by construction.");
        return new(PairsTable, "Pairs of heads of a layer",
            [
                ReportColumn.Heads("circuit"), ReportColumn.Share("top1"), ReportColumn.Number("MRR@10", key: "mrr_at_10"),
                ReportColumn.Number("d'", 2), ReportColumn.Number("d'²", 1),
            ],
            [.. found.Pairs.Select(Row)])
        {
            Units = census,
            Note = note,
            ShownRows = ShownHeads,
        };
    }

    // Names that say a rank have it.
    private static string WithRank(CopyingRow row) =>
        row.Name.EndsWith($" {row.Rank}", StringComparison.Ordinal) ? row.Name : $"{row.Name} (rank {row.Rank})";

    private static ReportChart Chart(IReadOnlyList<CopyingRow> rows) => ReportChart.Bars(
        "circuits-picture", "How often each circuit ranks a token's own logit first, and among the first five",
        $"Of all {rows[0].Tokens:N0} tokens: a census.", "tokens, %", [.. rows.Select(WithRank)],
        [
            new("top-1", [], [.. rows.Select(row => 100 * row.Top1)]),
            new("top-5", [], [.. rows.Select(row => 100 * row.Top5 ?? double.NaN)]),
        ]);
}
