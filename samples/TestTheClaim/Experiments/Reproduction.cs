using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Torch;
using static OVPipeline.Samples.TestTheClaim.CopyingColumns;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Experiment 1: what the model's heads and a trained pair of their rank copy.</summary>
internal sealed class Reproduction : IExperiment
{
    private const string HeadsTable = "heads", PairsTable = "pairs", SumsTable = "circuits", HubsTable = "without-mean-row", EffectiveTable = "effective-embeddings";

    public string Name => "reproduction";

    public string Title => "1. Reproduction";

    public string Question => "How well do the model's heads copy, alone and summed, and how well does one trained pair of a head's rank? "
        + "A circuit copies token i where the i-th entry of its i-th row of logits is the highest.";

    public int Version => 1;

    public string? Inputs(RunOptions options) => TorchLibrary.WhyUnavailable() is null ? null : "without a forward pass";

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var config = context.Config;
        var heads = context.Tested.Heads(progress, cancellationToken);
        var pairs = context.Tested.Pairs(progress, cancellationToken);
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
            Statements = [.. Statements(context.HeadRank, heads[0], plain, centred)],
            Pictures = [Picture(plain)],
            Tables =
            [
                Table(SumsTable, "Circuits of the model, and trained ones", census, plain, "Truncations are the Frobenius-optimal ones, not the accuracy-optimal ones."),
                Table(HeadsTable, "Every head alone", census, heads, "In the order of top-1.", 12),
                Table(PairsTable, "Every pair of heads", census, pairs, "A pair is its heads' joint effect only where their attention patterns agree. In the order of top-1: the first is the best of many, by construction.", 12),
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

    private static IEnumerable<ReportStatement> Statements(int headRank, CopyingRow head, CopyingRow[] circuits, CopyingRow[] centred)
    {
        var copier = circuits.First(row => row.Kind == CircuitKind.Trained && row.Rank == headRank);
        var pair = circuits.FirstOrDefault(row => row.Kind == CircuitKind.Pair);
        var rival = pair ?? circuits[0];
        string rivalName = pair is null ? $"the best head, {head.Name}" : $"the model's {rival.Name}";
        yield return copier.Top1 > rival.Top1
            ? new(ReportTopic.Can, $"Rank {headRank}, that of one head, is feasible for better copying than the model does: a trained pair of this rank ranks {Percent(copier.Top1)} of all tokens first through the model's own embeddings; {rivalName}, of rank {rival.Rank}, {Percent(rival.Top1)}.", SumsTable)
            : new(ReportTopic.Can, $"A trained pair of rank {headRank} ranks {Percent(copier.Top1)} of all tokens first, no more than {rivalName}, of rank {rival.Rank}, with {Percent(rival.Top1)}: here the claim's observation does not repeat.", SumsTable);
        if (pair is not null && circuits.FirstOrDefault(row => row.Kind == CircuitKind.Truncated) is { } truncated)
            yield return new(ReportTopic.Found, $"The best pair copies {Percent(pair.Top1)}, the best head alone {Percent(head.Top1)}, and the pair truncated to one head's rank {Percent(truncated.Top1)}"
                + (truncated.Top1 > (pair.Top1 + head.Top1) / 2 ? ": most of what the second head adds survives the truncation." : ": most of what the second head adds is lost by the truncation."), SumsTable);
        var (plainBest, centredBest) = (circuits[0], centred[0]);
        yield return new(ReportTopic.Found, $"Without the mean row the best head copies {Percent(centredBest.Top1)} instead of {Percent(plainBest.Top1)}"
            + (centredBest.Top1 > 1.5 * plainBest.Top1 + 0.005 ? ": hub columns hide a good part of its copying." : ": hub columns are not what keeps it from copying."), HubsTable);
    }

    private static ReportPicture Picture(CopyingRow[] rows) => ReportChart.Bars("circuits-picture", "How often each circuit ranks a token's own logit first, and among the first five",
        $"Of all {rows[0].Tokens:N0} tokens: a census.", "tokens, %", [.. rows.Select(row => $"{row.Name} (rank {row.Rank})")],
        [
            new("top-1", [], [.. rows.Select(row => 100 * row.Top1)]),
            new("top-5", [], [.. rows.Select(row => 100 * row.Top5 ?? double.NaN)]),
        ]);
}
