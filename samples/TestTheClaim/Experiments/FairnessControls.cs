using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;
using static OVPipeline.Samples.TestTheClaim.CopyingColumns;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Experiment 3: a control for each objection to the trained copier.</summary>
internal sealed class FairnessControls : IExperiment
{
    private const string ControlsTable = "controls", HeldOutTable = "held-out", McNemarTable = "held-out-tests";
    private const string Baseline = "copier", Cap = "norm capped at the head's own", FromHead = "started from the head's weights", ByFrequency = "rows weighted by frequency",
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
            Fit(string.Create(CultureInfo.InvariantCulture, $"weight decay {decay:0e0}"), "it had no weight decay", plain with { WeightDecay = decay });
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
            Statements = [.. Statements(arms, head, splits)],
            Pictures = [Picture(arms), .. splits.Length > 0 ? [HeldOut.Picture(splits)] : Array.Empty<ReportPicture>()],
            Tables =
            [
                new(ControlsTable, $"Copiers of rank {context.HeadRank} under each control", [ReportColumn.Text("control"), ReportColumn.Text("objection"), .. ArmTable.Columns, ReportColumn.Share("top1 by frequency")],
                    [.. arms.Select(arm => (ReportValue[])[arm.Name, arm.Objection, .. ArmTable.Of(arm.Repeats), arm.Repeats.Select(one => one.ByFrequency).Average()])])
                {
                    Units = $"{Census(config)} Repeats are random permutations and random models; their interval is the 95 % one of the mean (Student's t).",
                    Note = string.Create(CultureInfo.InvariantCulture, $"Weight decay is w in w/2 (|A|² + |B|²), added to the mean loss in nats. The head's own norm is {norm:0.0}. {(own.Rank == plain.Rank ? "" : $"Not run: a start from the head's weights, as its values are wider than the model ({own.Rank}, {config.DModel}). ")}")
                        + (counted ? $"Frequencies: {context.Tested.Counts!.Source}. Permutations move a token among those of about its frequency." : $"Not run: rows weighted by frequency, as {context.Tested.NoCounts}; permutations move tokens among all.") + " " + ArmTable.StationarityNote,
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

    private static IEnumerable<ReportStatement> Statements(List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms, CopyingRow head, SplitResult[] splits)
    {
        double Top1(string name) => ArmTable.Top1(arms.First(arm => arm.Name == name).Repeats);
        var decays = arms.Where(arm => arm.Name.StartsWith("weight decay", StringComparison.Ordinal)).ToArray();
        string[] better = [.. decays.Where(arm => ArmTable.Top1(arm.Repeats) > head.Top1).Select(arm => arm.Name["weight decay ".Length..])];
        yield return new(ReportTopic.Can, $"Without weight decay the copier ranks {Percent(Top1(Baseline))} of the tokens first; "
            + (better.Length == decays.Length ? $"it stays above the best head's {Percent(head.Top1)} under every decay tried, down to {Percent(decays.Min(arm => ArmTable.Top1(arm.Repeats)))}."
                : better.Length == 0 ? $"under every decay tried it falls to or below the best head's {Percent(head.Top1)}."
                : $"it stays above the best head's {Percent(head.Top1)} at decays of {string.Join(", ", better)}, and not at the others tried."), ControlsTable);
        double capped = arms.First(arm => arm.Name == Cap).Repeats[0].Row.LogLoss;
        string norm = string.Create(CultureInfo.InvariantCulture, $"Held to the head's own norm it has a log-loss of {capped:0.00} nats at natural scale, the head {head.LogLoss:0.00} (it ranks {Percent(Top1(Cap))} first, and scaling a free fit to that norm would keep its {Percent(Top1(Baseline))})");
        yield return capped < head.LogLoss
            ? new(ReportTopic.Can, $"{norm}: the difference is not one of norm.", ControlsTable)
            : new(ReportTopic.Open, $"{norm}: at that norm its advantage is one of order only, not of margin.", ControlsTable);
        double copying = Top1(Baseline), memory = Top1(Permuted);
        yield return new(ReportTopic.Found, $"To a random permutation the same rank maps {Percent(memory)} of the tokens, to themselves {Percent(copying)}: "
            + (memory > 0.8 * copying ? "most of this could be memory." : memory > 0.4 * copying ? "a good part of this could be memory." : "most of this is more than memory."), ControlsTable);
        if (memory < copying != Top1(Untrained) < copying)
            yield return new(ReportTopic.Open, $"Permuted targets and untrained embeddings disagree on whether the trained embeddings help ({Percent(memory)} and {Percent(Top1(Untrained))}, to {Percent(copying)}).", ControlsTable);
        yield return new(ReportTopic.Found, $"Through the embeddings of an untrained model of the same shape a copier ranks {Percent(Top1(Untrained))} first, and the best of its heads {Percent(Top1(UntrainedHead))}.", ControlsTable);
        foreach (var statement in splits.Length > 0 ? HeldOut.Statements(HeldOutTable, splits) : [])
            yield return statement;
    }

    private static ReportPicture Picture(List<(string Name, string Objection, IReadOnlyList<CircuitResult> Repeats)> arms) => ReportChart.Bars("controls-picture", "Copying under each control",
        "Top-1 share. Lines at the ends of bars: 95 % intervals over random permutations and random models.", "tokens, %", [.. arms.Select(arm => arm.Name)],
        [
            new("top-1", [], [.. arms.Select(arm => 100 * ArmTable.Top1(arm.Repeats))])
            {
                Low = [.. arms.Select(arm => 100 * ArmTable.Interval(arm.Repeats)?.Low ?? double.NaN)],
                High = [.. arms.Select(arm => 100 * ArmTable.Interval(arm.Repeats)?.High ?? double.NaN)],
            },
        ]);
}
