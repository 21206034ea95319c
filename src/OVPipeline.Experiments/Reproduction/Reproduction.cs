using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Torch;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 1: what the model's heads and a trained pair of their rank copy.</summary>
internal sealed class Reproduction : IExperiment
{
    private const string HeadsTable = "heads", PairsTable = "pairs", SumsTable = "circuits", HubsTable = "without-mean-row", EffectiveTable = "effective-embeddings";

    public string Name => "reproduction";

    public string Title => "1. Reproduction";

    public string Question => "How well do the model's heads copy, alone and summed, and how well does one trained pair of a head's rank? "
        + "A circuit copies token i where the i-th entry of its i-th row of logits is the highest.";

    public int Version => 2;

    public string? Inputs(RunOptions options) => TorchLibrary.WhyUnavailable() is null ? null : "without a forward pass";

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var config = context.Config;
        var heads = context.Tested.Heads(progress, cancellationToken);
        var copying = context.Tested.Copying(progress, cancellationToken);
        var circuits = Sums(context, heads[0], cancellationToken).ToList();
        var steps = new Steps(2 * circuits.Count + 2, progress, cancellationToken);
        int[] ranks = [.. new[] { context.HeadRank, config.CapacityMatchedRank() }.Distinct()];
        foreach (int rank in ranks)
            circuits.Add((CircuitKind.Trained, $"trained copier, rank {rank}", steps.Next($"fitting rank {rank}", () => context.Measure.Fit(context.Options.Fit(rank), cancellationToken))));

        CopyingRow Measured((CircuitKind Kind, string Name, TokenCircuit Circuit) one, Func<TokenCircuit, TokenCircuit> change) =>
            steps.Next(one.Name, () => context.Measure.Circuit(one.Kind, one.Name, change(one.Circuit), cancellationToken));
        CopyingRow[] plain = [.. circuits.Select(one => Measured(one, circuit => circuit))];
        CopyingRow[] centred = [.. circuits.Select(one => Measured(one, Circuits.WithoutMeanRow))];
        var effective = context.Tested.Effective;
        // Where norms stand, effective embeddings are what attention reads: the direct path reads none.
        var readers = circuits.Where(one => config.Normalization is null || one.Item1 != CircuitKind.Direct);
        CopyingRow[] read = effective is null
            ? []
            : [.. readers.Select(one => Measured(one, circuit => circuit.Reading(effective.Residual)))];

        string census = Census(config);
        return new()
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. ReproductionVerdicts.Of(Figures(context, copying, heads[0], plain, centred))],
            Pictures = [Picture(plain)],
            Tables =
            [
                Table(SumsTable, "Circuits of the model, and trained ones", census, plain, "Truncations are the Frobenius-optimal ones, not the accuracy-optimal ones."),
                Table(HeadsTable, "Every head alone", census, heads, "In the order of top-1.", 12),
                Pairs(copying, census),
                Table(HubsTable, "The same with the mean row removed", census, centred, "Columns that are high in every row (hubs) no longer win them all."),
                effective is null
                    ? new(EffectiveTable, "The same read from effective embeddings: not run", [ReportColumn.Heads("circuit")], []) { Units = $"Not run: {context.Tested.NoEffective}." }
                    : Table(EffectiveTable, "The same read from effective embeddings", $"{census} A row of the embedding is the mean over {effective.Source} of what layer {effective.Layer} reads where the token stands.", read),
            ],
            Notes =
            [
                new("Effective copying rank", "Model the diagonal and the other logits of a row as Gaussians of equal variance: the top-1 share then fixes how far the diagonal "
                    + "stands out, d'. Unlike a share it can be compared between vocabularies; its square grows with rank. A random code of r dimensions would have d'² = r."),
                new("Log-loss", "At its natural scale a circuit's log-loss mixes what it knows with how loud it is. The calibrated one allows every circuit one temperature of its own."),
                new("Capacity", "A low-rank code of V tokens has 2 d_model r numbers to hold them with, 2 d_model r / V a token: 1.96 for one head of the course's model. Copiers are fitted at the head's rank and at the rank that matches this."),
            ],
        };
    }

    private static IEnumerable<(CircuitKind, string, TokenCircuit)> Sums(ExperimentContext context, CopyingRow best, CancellationToken cancellationToken)
    {
        var (weights, config) = (context.Model.Weights, context.Config);
        yield return (CircuitKind.Head, $"best head, {best.Name}", TokenCircuit.OfHeads(weights, best.Heads));
        if (context.Tested.BestPair(null, cancellationToken) is { } pair)
        {
            var circuit = TokenCircuit.OfHeads(weights, pair.Heads);
            yield return (CircuitKind.Pair, $"best pair, {pair.Name}", circuit);
            yield return (CircuitKind.Truncated, $"best pair, truncated to {context.HeadRank}", circuit.Truncate(context.HeadRank));
        }
        for (int layer = 0; layer < config.Layers; layer++)
            yield return (CircuitKind.Layer, $"all of layer {layer}", TokenCircuit.OfHeads(weights, [.. config.HeadsOf(layer)]));
        yield return (CircuitKind.Direct, "direct path", TokenCircuit.Direct(weights));
    }

    private static ReproductionFigures Figures(ExperimentContext context, CopyingHeads copying, CopyingRow head, CopyingRow[] plain, CopyingRow[] centred)
    {
        var weights = context.Model.Weights;
        var copier = plain.First(row => row.Kind == CircuitKind.Trained && row.Rank == context.HeadRank);
        var pair = plain.FirstOrDefault(row => row.Kind == CircuitKind.Pair);

        // The copier is free in norm, so that of the others does not matter.
        FrontierPoint Point(CopyingRow row) => new(row.Name, row.Rank, 0, row.LogLoss);
        bool Comparable(CopyingRow row) => weights.NormScales is null || row.Kind == CircuitKind.Trained
            || (row.Heads.Count > 0 && row.Heads.All(one => one.Layer == weights.ReadingLayer));
        return new()
        {
            NoCopyingHead = CopyingSentences.NoCopyingHead(copying),
            Tokens = context.Config.Vocabulary,
            Copier = new(copier.Name, copier.Rank, copier.Top1),
            CopierFailed = FrontierChecks.Check(Point(copier), plain.Where(Comparable).Where(row => row != copier).Select(Point), context.Config.Vocabulary),
            Head = new(head.Name, head.Rank, head.Top1),
            HeadCopies = copying.HeadCopies,
            Pair = pair is null ? null : new(pair.Name, pair.Rank, pair.Top1),
            PairCopies = copying.PairCopies,
            Truncated = plain.FirstOrDefault(row => row.Kind == CircuitKind.Truncated)?.Top1,
            HeadWithoutMeanRow = centred[0].Top1,
            Circuits = SumsTable,
            Hubs = HubsTable,
        };
    }

    private static ReportTable Pairs(CopyingHeads copying, string census) => new(PairsTable, "Pairs of heads of a layer",
        [ReportColumn.Heads("circuit"), ReportColumn.Share("top1"), ReportColumn.Number("MRR"), ReportColumn.Number("d'", 2), ReportColumn.Number("d'²", 1)],
        [.. copying.Pairs.Select(pair =>
        {
            double? separation = pair.Tokens > 1 ? SignalSeparation.FromAccuracy(pair.Top1, pair.Tokens) : null;
            return (ReportValue[])[pair.Name, pair.Top1, pair.MeanReciprocalRank, separation, separation * separation];
        })])
    {
        Units = census,
        Note = string.Create(CultureInfo.InvariantCulture, $"Of {copying.PairCount:N0} pairs that share a layer; {copying.PairsRuledOut:N0} were ruled out before their last token, as they copy less than the best, ")
            + string.Create(CultureInfo.InvariantCulture, $"{copying.PairsLeftOut:N0} were not looked at, as their heads copy little alone. ")
            + "A pair is its heads' joint effect only where their attention patterns agree. In the order of top-1: the first is the best of many, by construction.",
        ShownRows = 12,
    };

    private static ReportChart Picture(CopyingRow[] rows) => ReportChart.Bars("circuits-picture", "How often each circuit ranks a token's own logit first, and among the first five",
        $"Of all {rows[0].Tokens:N0} tokens: a census.", "tokens, %", [.. rows.Select(row => $"{row.Name} (rank {row.Rank})")],
        [
            new("top-1", [], [.. rows.Select(row => 100 * row.Top1)]),
            new("top-5", [], [.. rows.Select(row => 100 * row.Top5 ?? double.NaN)]),
        ]);
}
