using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 7: OV circuits fitted to next-token loss, all else frozen, under one pattern or two and at different ranks.</summary>
internal sealed class OneOrTwoPatterns : IExperiment
{
    private const string ArmsTable = "pattern-arms", AccountsTable = "pattern-accounts";
    private const string None = "no circuit: a fitted constant", Baseline = "both patterns, rank d each (baseline)", One = "one pattern, rank d", OneWide = "one pattern, rank 2d", Halves = "both patterns, rank d/2 each", Random = "baseline, from random weights";

    // A baseline that gains less than this says nothing of its parts.
    private const double LeastGain = 0.002;

    public string Name => "patterns";

    public string Title => "7. One pattern or two";

    public string Question => "Is it the second head's rank that the model needs, or its second attention pattern? All else frozen, OV circuits are fitted to next-token loss: the same two heads again, one pattern with one head's rank or with twice that, two patterns with half the rank each.";

    public int Version => 4;

    public string? Unavailable(ExperimentContext context) => context.Tested.Forward.NoLinearPair ?? (context.Config.DValue < 2 ? "its heads have rank 1: there is no half of it" : null);

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var (forward, options) = (context.Tested.Forward, context.Options);
        var gate = context.Tested.Gate(progress, cancellationToken);
        var (a, b, rank) = (gate.A, gate.B, context.Config.DValue);
        var text = forward.Pair(a, b);
        var fit = new Lazy<CircuitFit>(() => new(text, text.Blocks(forward.Training(options.FittedBlocks()), split: false), options.Quick ? 512 : 1024));
        int seeds = options.FitSeeds(), wide = Math.Min(2 * rank, context.Config.DModel);
        (string Name, IReadOnlyList<(HeadIndex Pattern, int Rank)> Terms, int Seeds, Func<IReadOnlyList<FactoredMatrix>>? Start)[] arms =
        [
            (None, [], seeds, null), (Baseline, [(a, rank), (b, rank)], seeds, () => [Own(rank, a), Own(rank, b)]),
            ($"{One}, A's", [(a, rank)], seeds, () => [Own(rank, a, b)]), ($"{One}, B's", [(b, rank)], seeds, () => [Own(rank, a, b)]),
            ($"{OneWide}, A's", [(a, wide)], seeds, () => [Own(wide, a, b)]), ($"{OneWide}, B's", [(b, wide)], seeds, () => [Own(wide, a, b)]),
            (Halves, [(a, rank / 2), (b, rank / 2)], seeds, () => [Own(rank / 2, a), Own(rank / 2, b)]), (Random, [(a, rank), (b, rank)], 1, null),
        ];
        FactoredMatrix Own(int most, params HeadIndex[] heads)
        {
            var circuit = TokenCircuit.OfHeads(forward.Circuits, heads);
            return circuit.Rank > most ? circuit.Truncate(most).Residual : circuit.Residual;
        }

        var steps = new Steps(2 + arms.Sum(arm => arm.Seeds), progress, cancellationToken);
        var ablated = steps.Next("mean ablation", () => context.Part("none", () => new PatternFit(PutBackResult.MeanAblation(text, [a, b]).Losses)));
        var model = steps.Next("the model", () => context.Part("model", () => new PatternFit(text.Losses(block => text.Without(block, [])))));
        PatternFit[] Fits(int arm) => [.. Enumerable.Range(0, arms[arm].Seeds).Select(seed => steps.Next($"{arms[arm].Name}, fit {seed + 1}", () => context.Part($"fit-{arm}-{seed}", () =>
            new PatternFit(text.Losses(fit.Value.Fit(arms[arm].Terms, options.Seed + seed, arms[arm].Start?.Invoke()).Residual)))))];
        PatternFit[][] fits = [.. Enumerable.Range(0, arms.Length).Select(Fits)];

        // Of the baseline's gain over the constant, seed by seed.
        double LossOf(int arm) => fits[arm].Average(one => one.Loss);
        double gain = LossOf(0) - LossOf(1);
        ConfidenceInterval R(PatternFit[] own)
        {
            double[] shares = [.. own.Select((one, seed) => (fits[0][seed].Loss - one.Loss) / (fits[0][seed].Loss - fits[1][seed].Loss))];
            return ShownIntervals.OfMean(shares);
        }
        var r = fits.Select(R).ToArray();
        PatternArm[] tested = [Better(One, 2, 3), Better(OneWide, 4, 5), new("two patterns with half the rank each", r[6])];
        PatternArm Better(string name, int ofA, int ofB) => r[ofB].Estimate > r[ofA].Estimate ? new($"{name} ({b}'s)", r[ofB]) : new($"{name} ({a}'s)", r[ofA]);
        string[] found = [.. tested.Select(arm => SplitAccount.Word(arm.R))];
        bool informative = gain >= LeastGain && Enumerable.Range(0, seeds).All(seed => fits[0][seed].Loss - fits[1][seed].Loss > 0);
        var section = new ReportSection
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Status = informative ? ReportStatus.Done : ReportStatus.NotInformative,
            Reason = informative ? null : string.Create(CultureInfo.InvariantCulture, $"heads {a} and {b} gain {gain:0.0000} nats a token over a fitted constant when they are fitted again; below {LeastGain} there is nothing to share out."),
            Statements = [.. informative ? Statements(gate, tested, r[^1].Estimate, (LossOf(0) - model.Loss) / gain) : []],
            Pictures = informative ? [Picture(gate, arms.Select(arm => arm.Name).ToArray(), r)] : [],
            Tables =
            [
                new(ArmsTable, "What each arm keeps of the baseline's gain",
                    [
                        ReportColumn.Heads("arm"), ReportColumn.Heads("ranks"), ReportColumn.Count("fits"), ReportColumn.Number("loss", 4, "nats"),
                        ReportColumn.Number("gain over the constant", 4, "nats"), ReportColumn.Share("R", key: "share_of_gain"),
                        ReportColumn.Share("from", key: "share_of_gain_from"), ReportColumn.Share("to", key: "share_of_gain_to"),
                    ],
                    [
                        .. arms.Select((arm, i) => (ReportValue[])[arm.Name, string.Join(" + ", arm.Terms.Select(term => $"{term.Rank} under {term.Pattern}")), fits[i].Length, LossOf(i), LossOf(0) - LossOf(i), Shown(r[i].Estimate), Shown(r[i].Low), Shown(r[i].High)]),
                        ["the model as it is", $"{rank} under {a} + {rank} under {b}", default, model.Loss, LossOf(0) - model.Loss, Shown((LossOf(0) - model.Loss) / gain), default, default],
                        ["mean ablation of both, nothing fitted", "", default, ablated.Loss, LossOf(0) - ablated.Loss, Shown((LossOf(0) - ablated.Loss) / gain), default, default],
                    ])
                {
                    Units = string.Create(CultureInfo.InvariantCulture, $"Fitted on {(long)forward.Training(options.FittedBlocks()).Count * forward.Training(options.FittedBlocks()).Tokens:N0} tokens of training text, judged on {text.Validation.Count} blocks of about 2,000 of validation text. ")
                        + (seeds > 1 ? $"From and to: 95 % interval of the mean over {seeds} fits (Student's t); it does not cover other training runs." : "One fit each: no intervals."),
                    Note = $"{gate.Chosen}. Fits start from the two heads' own circuits, truncated to the arm's ranks, and see each position of the text once, in an order of the fit's seed; one baseline starts from random weights, as a check. "
                        + "Every arm has a constant of its own, fitted with it: what a constant does is about this text's tokens and no head's work, so R is counted from it and not from mean ablation. "
                        + "R is of what these heads can do for this text: where the model was trained on other text too, fitting them to this one alone gains on the model as it is.",
                },
                new(AccountsTable, "What each account predicts, and what was found",
                    [
                        ReportColumn.Text("account"), ReportColumn.Text(One, key: "one_pattern"), ReportColumn.Text(OneWide, key: "one_pattern_of_twice_the_rank"),
                        ReportColumn.Text(Halves, key: "two_patterns_of_half_the_rank"),
                    ],
                    [.. SplitAccount.All.Select(account => (ReportValue[])[account.Name, .. account.Predicts.Select(word => (ReportValue)word)]), ["found", .. found.Select(word => (ReportValue)word)]])
                { Units = string.Create(CultureInfo.InvariantCulture, $"High: R of at least {100 * SplitAccount.High:0} %; low: below {100 * SplitAccount.Low:0} %, its interval with it where there is one."), Note = "The thresholds were set before any figure was seen. One pattern is the better of A's and B's, told on the same validation text, which favours one pattern a little." },
            ],
            Notes =
            [
                .. forward.Held,
                .. gate.Informative ? (ReportNote[])[] : [new("The gate fails", GateFails(gate))],
            ],
        };
        return gate.Spoken(section);

        ReportValue Shown(double share) => informative && FrontierChecks.InUnit(share) ? share : default(ReportValue);
    }

    private static string GateFails(Gate gate) =>
        $"These two are not induction heads that copy: {gate.Reason}. What is found is about these heads "
        + "and not about the claim's.";

    private static IEnumerable<ReportStatement> Statements(Gate gate, PatternArm[] tested, double random, double model) => new[]
    {
        PatternVerdicts.Account(gate, tested, AccountsTable), PatternVerdicts.Start(gate, random, ArmsTable), PatternVerdicts.Model(gate, model, ArmsTable),
    }.OfType<ReportStatement>();

    private static ReportChart Picture(Gate gate, string[] names, ConfidenceInterval[] r) => ReportChart.Bars("patterns-picture", $"What is kept of the gain of heads {gate.A} and {gate.B}",
        "R: gain over a fitted constant in the place of both, as a share of the baseline's. Lines: 95 % intervals over fits, where there are several.", "R, %", names,
        [ShownIntervals.Series("R", [], r, 100)]);
}
