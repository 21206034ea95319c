using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 6: when each head came to copy over training, and whether rank bound it then.</summary>
internal sealed class Dynamics : IExperiment
{
    private const string HistoryTable = "dynamics-checkpoints", MilestonesTable = "dynamics-milestones", SlackTable = "dynamics-slack";

    private static readonly ReportNote s_scales = new("Norms",
        "Each checkpoint's norms are held at the scales of its own lone embeddings: fits at a head's norm act through these.");

    public string Name => "dynamics";

    public string Title => "6. Dynamics";

    public string Question => "Did both heads start to copy before either was done, while the first could still have gone on alone? Then training split the job for another reason than that one head was full.";

    public int Version => 2;

    public string? Unavailable(ExperimentContext context) => context.Tested.Forward.NoLinearPair ?? context.Tested.Forward.NoScales
        ?? CheckpointSeries.In(context.Options.Checkpoints).Checkpoints.Count switch
        {
            0 => context.Options.Checkpoints is { } folder ? $"there are no checkpoints (tokens-*.safetensors) of its training in {folder}" : "no checkpoints of its training were given (--checkpoints)",
            < 3 and int few => $"of its training there are {few} checkpoints in {context.Options.Checkpoints}; at least 3 are needed",
            _ => null,
        };

    public string? Inputs(RunOptions options) => "checkpoints " + string.Join(", ", CheckpointSeries.In(options.Checkpoints).Checkpoints.Select(one => $"{one.Tokens} of {SizeOf(one.Path)}"));

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var gate = context.Tested.Gate(progress, cancellationToken);
        var series = CheckpointSeries.In(context.Options.Checkpoints).Checkpoints;
        int vocabulary = context.Config.Vocabulary, every = Math.Max(1, (series.Count + context.Options.FrontierFits() - 1) / context.Options.FrontierFits());
        var steps = new Steps(series.Count + 2 * series.Count / every, progress, cancellationToken);
        CheckpointFigures[] figures = [.. series.Select(one => steps.Next(Path.GetFileName(one.Path), () => context.Part($"at-{one.Tokens}", () => Measure(context, gate, one, cancellationToken))))];
        long[] tokens = [.. figures.Select(one => one.Tokens)];
        double Separation(double top1) => SignalSeparation.FromAccuracy(Math.Clamp(top1, 0.5 / vocabulary, 1 - 0.5 / vocabulary), vocabulary)!.Value;
        double[] Of(HeadIndex head) => [.. figures.Select(one => Separation(one.Heads[head.Head]))];
        int[] bystanders = [.. gate.Heads.Where(row => row.Head != gate.A && row.Head != gate.B && row.Top1 < GateRow.LeastCopying).Select(row => row.Head.Head)];
        double[] band = [.. figures.Select(one => bystanders.Length == 0 ? 0 : bystanders.Max(head => Separation(one.Heads[head])))];
        double[] a = Of(gate.A), b = Of(gate.B);
        var (historyA, historyB) = (HeadHistory.Of(tokens, a, band), HeadHistory.Of(tokens, b, band));

        // Slack matters at the first checkpoint where both have started.
        int both = Array.FindIndex(tokens, at => at >= (historyA.Start.By ?? long.MaxValue) && at >= (historyB.Start.By ?? long.MaxValue));
        bool firstIsA = (historyA.Start.By ?? long.MaxValue) <= (historyB.Start.By ?? long.MaxValue);
        int[] fitted = [.. Enumerable.Range(0, series.Count).Where(i => i % every == 0 || i == both || i == series.Count - 1)];
        (int At, CheckpointFrontier Frontier)[] slack = [.. fitted.Select(i => (i, steps.Next($"frontier at {Milestone.Millions(tokens[i])}", () => context.Part($"frontier-{tokens[i]}", () => Frontier(context, gate, series[i].Path, cancellationToken)))))];
        double? Share(CheckpointFrontier frontier, int head, double own) =>
            DynamicsVerdicts.Share(own, Separation(frontier.Top1[head]), frontier.NotConverged[head] is not null);
        bool? hasSlack = both < 0 ? null
            : DynamicsVerdicts.HasSlack(Share(slack.First(one => one.At == both).Frontier, firstIsA ? 0 : 1, firstIsA ? a[both] : b[both]));
        var verdict = HeadHistory.Judge(historyA, historyB, hasSlack);
        string census = Census(context.Config);
        return gate.Mark(new()
        {
            Notes = context.Model.Weights.NormScales is null ? [] : [s_scales],
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [DynamicsVerdicts.Of(gate, verdict, historyA, historyB, firstIsA ? gate.A : gate.B, MilestonesTable)],
            Pictures = [Picture(gate, tokens, a, b, [.. figures.Select(one => Separation(one.Pair))], band, bystanders.Length)],
            Tables =
            [
                new(MilestonesTable, "When each head started to copy, and when it was done", [ReportColumn.Heads("head"), ReportColumn.Text("started, tokens"), ReportColumn.Text("done, tokens")],
                    [[$"A ({gate.A})", historyA.Start.ToString(), historyA.Done.ToString()], [$"B ({gate.B})", historyB.Start.ToString(), historyB.Done.ToString()]])
                {
                    Units = $"Bounds between {series.Count} checkpoints of one training run: no intervals, and no run to vary over.",
                    Note = $"Started: d' above the highest of the {bystanders.Length} heads of the layer that never come to copy {100 * GateRow.LeastCopying:0.#} % of the tokens, from then on. Done: d' at least 90 % of its last value, from then on.",
                },
                new(HistoryTable, "d' at each checkpoint", [
                        ReportColumn.Count("tokens"), ReportColumn.Number($"A ({gate.A})", 2, key: "d_prime_a"),
                        ReportColumn.Number($"B ({gate.B})", 2, key: "d_prime_b"), ReportColumn.Number("A and B", 2, key: "d_prime_a_and_b"),
                        ReportColumn.Number("all of the layer", 2, key: "d_prime_layer"),
                        ReportColumn.Number("highest non-copier", 2, key: "d_prime_highest_non_copier"),
                        ReportColumn.Share("A top1", key: "top1_a"), ReportColumn.Share("B top1", key: "top1_b"),
                        ReportColumn.Share("A and B top1", key: "top1_a_and_b"),
                    ],
                    [.. figures.Select((one, i) => (ReportValue[])[one.Tokens, a[i], b[i], Separation(one.Pair), Separation(one.Layer), band[i], one.Heads[gate.A.Head], one.Heads[gate.B.Head], one.Pair])])
                { Units = census, Note = "A top-1 share of 0 counts as half a token." },
                new(SlackTable, "How near each head was to the frontier of its rank, with that checkpoint's own embeddings",
                    [
                        ReportColumn.Count("tokens"), ReportColumn.Share("fit at A's norm: top1", key: "fit_top1_a"),
                        ReportColumn.Share("fit at B's norm: top1", key: "fit_top1_b"),
                        ReportColumn.Share("A: share of the fit's d'²", 0, key: "d_prime_squared_share_a"),
                        ReportColumn.Share("B: share of the fit's d'²", 0, key: "d_prime_squared_share_b"),
                    ],
                    [.. slack.Select(one => (ReportValue[])[tokens[one.At], one.Frontier.Top1[0], one.Frontier.Top1[1], Share(one.Frontier, 0, a[one.At]), Share(one.Frontier, 1, b[one.At])])])
                { Units = $"{census} One fit each, at the head's rank and norm.", Note = string.Create(CultureInfo.InvariantCulture, $"A head has slack where it has less than {100 * DynamicsVerdicts.SlackShare:0} % of the d'² that the fit reaches. A head no better than chance has 0 %; a share is not given where the fit separates less well than the head, or did not converge.") + NotConverged(slack.Select(one => one.Frontier)) },
            ],
        });
    }

    private static string SizeOf(string path) => string.Join("+", (File.Exists(path) ? [path] : Directory.GetFiles(path)).Order(StringComparer.Ordinal).Select(file => new FileInfo(file)).Select(file => $"{file.Length}@{file.LastWriteTimeUtc.Ticks}"));

    private static CheckpointFigures Measure(ExperimentContext context, Gate gate, (long Tokens, string Path) one, CancellationToken cancellationToken)
    {
        var model = CheckpointSeries.Load(one.Path, context.Model.Weights);
        double Top1(params HeadIndex[] heads) => CopiedSets.CopiedBy(TokenCircuit.OfHeads(model.Weights, heads), cancellationToken).Count(copied => copied) / (double)context.Config.Vocabulary;
        HeadIndex[] layer = [.. context.Config.HeadsOf(context.Config.Layers - 1)];
        return new(one.Tokens, [.. layer.Select(head => Top1(head))], Top1(gate.A, gate.B), Top1(layer));
    }

    // The head itself is a circuit of its rank and norm: a fit that is worse did not converge.
    private static CheckpointFrontier Frontier(ExperimentContext context, Gate gate, string path, CancellationToken cancellationToken)
    {
        var weights = CheckpointSeries.Load(path, context.Model.Weights).Weights;
        int vocabulary = context.Config.Vocabulary;
        var fits = new[] { gate.A, gate.B }.Select(head =>
        {
            var own = weights.OVCircuit(head);
            double norm = own.FrobeniusNorm();
            var options = context.Options.Fit(Math.Min(own.Rank, context.Config.DModel)) with
            {
                MaxNorm = norm,
                KnownFactors = FairnessControls.KnownFactors(own, context.Config.DModel),
            };
            var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, FitExamples.Copying(vocabulary), options, cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var scored = CpuEngine.Shared.ScoreVocabulary(TokenCircuit.OfHeads(weights, head), new() { LabelLogLoss = true }, cancellationToken: cancellationToken);
            bool reads = weights.NormScales is null || weights.ReadingLayer == head.Layer;
            var point = new FrontierPoint("the fit", options.Rank, norm, fit.LogLoss) { MostNorm = norm };
            FrontierPoint[] known = reads ? [new($"head {head}", own.Rank, norm, scored.LabelLogLosses.Average())] : [];
            return (fit.Accuracy, FrontierChecks.Check(point, known, vocabulary)?.Reason);
        }).ToArray();
        return new([.. fits.Select(fit => fit.Accuracy)], [.. fits.Select(fit => fit.Reason)]);
    }

    private static string NotConverged(IEnumerable<CheckpointFrontier> frontiers) =>
        frontiers.SelectMany(one => one.NotConverged).FirstOrDefault(reason => reason is not null) is { } first ? $" Of these, a fit {first}." : "";

    private static ReportChart Picture(Gate gate, long[] tokens, double[] a, double[] b, double[] pair, double[] band, int bystanders)
    {
        double[] at = [.. tokens.Select(one => one / 1e6)];
        return ReportChart.Lines("dynamics-picture", "How copying came about in training", $"The separation d' behind the top-1 share, at each checkpoint. The band's upper end is the highest of {bystanders} heads that never copy.", "tokens trained on, millions", "d'",
            [new($"A ({gate.A})", at, a), new($"B ({gate.B})", at, b), new("A and B", at, pair), new("highest non-copier", at, band) { Reference = true }]);
    }
}
