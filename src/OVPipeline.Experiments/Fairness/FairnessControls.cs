using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 3: a control for each objection to the trained copier.</summary>
internal sealed class FairnessControls : IExperiment
{
    private const string ControlsTable = "controls", HeldOutTable = "held-out", McNemarTable = "held-out-tests";
    private const string Decay = "weight decay ", Baseline = "copier", Cap = "norm capped at the head's own", FromHead = "started from the head's weights", ByFrequency = "rows weighted by frequency",
        Permuted = "a random permutation as target", Untrained = "copier of an untrained model", UntrainedHead = "best head of an untrained model";

    public string Name => "fairness";

    public string Title => "3. Fairness controls";

    public string Question => "Was the comparison fair? The trained pair had a loss made for copying, no weight decay, no bound on its norm, all tokens alike and a start of its own; and it may remember rather than copy.";

    public int Version => 2;

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var (config, options) = (context.Config, context.Options);
        var head = context.Tested.Heads(progress, cancellationToken)[0];
        var pair = context.Tested.BestPair(progress, cancellationToken);
        double[] decays = options.Quick ? [1e-3, 1e-1] : [1e-4, 1e-3, 1e-2, 1e-1, 1];
        var steps = new Steps(5 + decays.Length + 3 * options.Repeats + options.Splits, progress, cancellationToken);
        var own = context.Model.Weights.OVCircuit(head.Heads[0]);
        double norm = own.FrobeniusNorm();
        var plain = options.Fit(context.HeadRank);

        List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms = [];
        void Add(string name, string objection, Func<CircuitResult> result) => arms.Add((name, objection, [steps.Next(name, () => context.Part(name.Replace(' ', '-').Replace("'", "", StringComparison.Ordinal), result))]));
        void Fit(string name, string objection, LowRankFitOptions fit) => Add(name, objection, () =>
        {
            var fitted = context.Measure.Fitted(fit, cancellationToken);
            return context.Result(CircuitKind.Trained, name, fitted.Circuit, cancellationToken).FittedBy(fitted.Fit);
        });

        Add($"head {head.Name}", "what is compared with", () => context.Result(CircuitKind.Head, head.Name, TokenCircuit.OfHeads(context.Model.Weights, head.Heads), cancellationToken));
        Fit(Baseline, "none: as the claim had it", plain);
        foreach (double decay in decays)
            Fit(Decay + string.Create(CultureInfo.InvariantCulture, $"{decay:0e0}"), "it had no weight decay", plain with { WeightDecay = decay });
        Fit(Cap, "it had all the norm it wanted", plain with { MaxNorm = norm, KnownFactors = KnownFactors(own, plain.Rank) });
        if (own.Rank == plain.Rank)
            Fit(FromHead, "its start was made for copying", plain with { InitialFactors = own });
        if (context.Tested.Counts is { } counts)
        {
            var rows = TokenRow.Of(context.Model.Vocabulary);
            foreach (var row in rows)
                row.Weight = counts.ById[(int)row.TokenId];
            Add(ByFrequency, "in training, frequent tokens count more", () => context.Result(CircuitKind.Trained, ByFrequency,
                context.Measure.Fit(plain, cancellationToken, TokenRow.Load(context.ML, rows, config.Vocabulary), weight: nameof(TokenRow.Weight)), cancellationToken));
        }
        arms.Add((Permuted, "it may remember, not copy", [.. Repeats(options).Select(repeat => steps.Next(Permuted, () => context.Part($"permutation-{repeat}", () => Permutation(context, repeat, cancellationToken))))]));
        foreach (bool fitted in new[] { true, false })
            arms.Add((fitted ? Untrained : UntrainedHead, "any embeddings may do", [.. Repeats(options).Select(repeat => steps.Next(Untrained, () => context.Part($"untrained-{(fitted ? "copier" : "head")}-{repeat}", () => OfUntrained(context, repeat, fitted, cancellationToken))))]));

        var heldOut = new HeldOut(context, norm, head, pair, cancellationToken);
        SplitResult[] splits = heldOut.NotPossible is not null ? [] : [.. Enumerable.Range(0, options.Splits).Select(split => steps.Next("held-out tokens", () => context.Part($"held-out-{split}", () => heldOut.Run(split))))];

        bool counted = context.Tested.Counts is not null;
        return new()
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(context, arms, head, norm, splits)],
            Pictures = [Picture(arms), .. splits.Length > 0 ? [HeldOut.Picture(splits)] : Array.Empty<ReportChart>()],
            Tables =
            [
                new(ControlsTable, $"Copiers of rank {context.HeadRank} under each control", [ReportColumn.Text("control"), ReportColumn.Text("objection"), .. ArmTable.Columns, ReportColumn.Share("top1 by frequency")],
                    [.. arms.Select(arm => (ReportValue[])[arm.Name, arm.Objection, .. ArmTable.Of(arm.Repeats), arm.Repeats.Select(one => one.ByFrequency).Average()])])
                {
                    Units = $"{Census(config)} Repeats are random permutations and random models; their interval is the 95 % one of the mean (Student's t).",
                    Note = string.Create(CultureInfo.InvariantCulture, $"Weight decay is w in w/2 (|A|² + |B|²), added to the mean loss in nats. The head's own norm is {norm:0.0}. {(own.Rank == plain.Rank ? "" : $"Not run: a start from the head's weights, as its values are wider than the model ({own.Rank}, {config.DModel}). ")}")
                        + (counted ? $"Frequencies: {context.Tested.Counts!.Source}. Permutations move a token among those of about its frequency." : $"Not run: rows weighted by frequency, as {context.Tested.NoCounts}; permutations move tokens among all.") + " " + ArmTable.StationarityNote
                        + Behind(arms, config.Vocabulary),
                },
                .. heldOut.NotPossible is { } reason
                    ? [new(HeldOutTable, "On held-out tokens: not run", [ReportColumn.Heads("circuit")], []) { Units = $"Not run: {reason}." }]
                    : new[] { HeldOut.Table(HeldOutTable, splits), HeldOut.Tests(McNemarTable, splits[0]) },
            ],
            Notes =
            [
                new("What a permutation controls for", "A random permutation of the same tokens asks a pair of the same rank to remember as much, with nothing in the embeddings to help. What copying reaches beyond it is what the embeddings of the model share."),
                new("What held-out tokens control for", "A fifth of the tokens is kept out of the loss, as rows and as columns, a word's case and space variants together; the pair is then scored on them against the whole vocabulary. Only what it has learnt about copying in general helps there."),
            ],
        };
    }

    /// <summary>The head itself, or what a rank leaves of it: within its own norm, it is possible.</summary>
    public static IReadOnlyList<FactoredMatrix> KnownFactors(FactoredMatrix head, int rank) => [head.Rank <= rank ? head : head.Truncate(rank)];

    private static IEnumerable<int> Repeats(RunOptions options) => Enumerable.Range(0, options.Repeats);

    private static CircuitResult Permutation(ExperimentContext context, int repeat, CancellationToken cancellationToken)
    {
        int vocabulary = context.Config.Vocabulary;
        int[] target = Permutations.Random(vocabulary, context.Tested.Counts, context.Options.Seed + repeat);
        var rows = TokenRow.Of(context.Model.Vocabulary);
        foreach (var row in rows)
            row.Target = (uint)target[row.TokenId];
        var data = TokenRow.Load(context.ML, rows, vocabulary);
        var circuit = context.Measure.Fit(context.Options.Fit(context.HeadRank, repeat), cancellationToken, data, nameof(TokenRow.Target));
        return context.Result(CircuitKind.Trained, Permuted, circuit, cancellationToken, data, nameof(TokenRow.Target));
    }

    private static CircuitResult OfUntrained(ExperimentContext context, int repeat, bool fitted, CancellationToken cancellationToken)
    {
        var model = UntrainedModel.Like(context.Model, context.Options.Seed + repeat);
        var measure = new CopyingMeasure(context.ML, model, context.Tokens);
        if (fitted)
        {
            var circuit = measure.Fit(context.Options.Fit(context.HeadRank, repeat), cancellationToken);
            return new(measure.Circuit(CircuitKind.Trained, Untrained, circuit, cancellationToken), circuit.Residual.FrobeniusNorm(), null);
        }
        var best = context.Config.AllHeads.Select(head => TokenCircuit.OfHeads(model.Weights, head)).MaxBy(circuit => measure.Top1(circuit, context.Tokens, cancellationToken))!;
        return new(measure.Circuit(CircuitKind.Head, UntrainedHead, best, cancellationToken), best.Residual.FrobeniusNorm(), null);
    }

    private static IEnumerable<ReportStatement> Statements(
        ExperimentContext context, List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms, CopyingRow head, double norm, SplitResult[] splits)
    {
        var figures = Figures(context, arms, head, norm);
        IEnumerable<ReportStatement> statements = FairnessVerdicts.Of(figures);
        if (splits.Length == 0 || figures.NoCopyingHead is not null)
            return statements;
        var heldOut = HeldOut.Figures(HeldOutTable, splits, context.Config.Vocabulary);
        return statements.Append(HeldOutVerdicts.Generality(heldOut)).Append(HeldOutVerdicts.AgainstHead(heldOut));
    }

    // That a control found a circuit of lower loss than the copier without controls, which it could have been.
    private static string Behind(List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms, int vocabulary)
    {
        FrontierPoint Point(string name, CircuitResult one) => new(name, one.Row.Rank, one.Norm, one.Row.LogLoss);
        var copier = Point(Baseline, arms.First(arm => arm.Name == Baseline).Repeats[0]);
        var others = arms.Where(arm => arm.Name == Cap || arm.Name == FromHead || arm.Name.StartsWith(Decay, StringComparison.Ordinal));
        return FrontierChecks.Check(copier, others.Select(arm => Point(arm.Name, arm.Repeats[0])), vocabulary) is { } failed
            ? $" The {Baseline} {failed.Reason}: what it copies is the least that its rank can."
            : "";
    }

    private static FairnessFigures Figures(
        ExperimentContext context, List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms, CopyingRow head, double norm)
    {
        var weights = context.Model.Weights;
        int vocabulary = context.Config.Vocabulary;
        IReadOnlyList<CircuitResult> Repeats(string name) => arms.First(arm => arm.Name == name).Repeats;
        FrontierPoint Point(string name, double? most = null) =>
            new(name, Repeats(name)[0].Row.Rank, Repeats(name)[0].Norm, Repeats(name)[0].Row.LogLoss) { MostNorm = most, NotConverged = Repeats(name)[0].NotConverged };
        string[] decays = [.. arms.Select(arm => arm.Name).Where(name => name.StartsWith(Decay, StringComparison.Ordinal))];

        // Circuits through these embeddings, all tokens alike: those that the fits could have been.
        bool headReads = weights.NormScales is null || head.Heads.All(one => one.Layer == weights.ReadingLayer);
        FrontierPoint[] known =
        [
            .. headReads ? [new FrontierPoint($"head {head.Name}", head.Rank, norm, head.LogLoss)] : Array.Empty<FrontierPoint>(),
            .. decays.Append(Baseline).Append(Cap).Concat(arms.Select(arm => arm.Name).Where(name => name == FromHead)).Select(name => Point(name)),
        ];
        ControlFigure Figure(string name, FailedCheck? failed = null) =>
            new(name, ArmTable.Top1(Repeats(name)), Repeats(name).Average(one => one.Row.LogLoss), failed);

        // The loss at the best factors grows with the penalty, so that a decayed fit bounds those of less decay, and only chance bounds all.
        ControlFigure Decayed(string name, int i) => Figure(name, FrontierChecks.Check(Point(name),
            decays.Skip(i + 1).Select(more => Point(more)), vocabulary)) with
        { Name = name[Decay.Length..] };
        return new()
        {
            NoCopyingHead = CopyingSentences.NoCopyingHead(context.Tested.Copying(null, CancellationToken.None)),
            Tokens = vocabulary,
            AtModelScale = weights.LogitsAtModelScale,
            Head = new(head.Name, head.Top1, head.LogLoss),
            // That another fit is better leaves what it copies the least that its rank can: worse than the head it would say nothing.
            Baseline = Figure(Baseline, FrontierChecks.Check(Point(Baseline), known.Where(one => one.Name == $"head {head.Name}"), vocabulary)),
            Decays = [.. decays.Select(Decayed)],
            Capped = Figure(Cap, FrontierChecks.Check(Point(Cap, norm), known.Where(one => one.Name != Cap), vocabulary)),
            Permuted = Figure(Permuted),
            Untrained = Figure(Untrained),
            UntrainedHead = Figure(UntrainedHead),
            Table = ControlsTable,
        };
    }

    private static ReportChart Picture(List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms) => ReportChart.Bars("controls-picture", "Copying under each control",
        "Top-1 share. Lines at the ends of bars: 95 % intervals over random permutations and random models.", "tokens, %", [.. arms.Select(arm => arm.Name)],
        [
            new("top-1", [], [.. arms.Select(arm => 100 * ArmTable.Top1(arm.Repeats))])
            {
                Low = [.. arms.Select(arm => 100 * ArmTable.Interval(arm.Repeats)?.Low ?? double.NaN)],
                High = [.. arms.Select(arm => 100 * ArmTable.Interval(arm.Repeats)?.High ?? double.NaN)],
            },
        ]);
}
