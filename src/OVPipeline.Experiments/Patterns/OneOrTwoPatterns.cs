using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Experiment 7: OV circuits fitted to next-token loss, all else frozen, under one pattern or two and at different ranks.
/// </summary>
public sealed class OneOrTwoPatterns : Experiment<OneOrTwoPatternsOptions, OneOrTwoPatternsResult>
{
    internal static ExperimentInfo Description { get; } = new("patterns", "7. One pattern or two",
        "Is it the second head's rank that the model needs, or its second attention pattern? All else frozen, OV circuits are fitted to "
        + "next-token loss: the same two heads again, one pattern with one head's rank or with twice that, two patterns with half the rank "
        + "each.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How much is fitted; null for all of it.</param>
    public OneOrTwoPatterns(OneOrTwoPatternsOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 6;

    /// <inheritdoc/>
    public override string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return laboratory.Forward.NoPair
            ?? (laboratory.Model.Weights.Config.DValue < 2 ? "its heads have rank 1: there is no half of it" : null);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    protected override OneOrTwoPatternsResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.FittedBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.FitSeeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.RowsPerStep, 1);
        var forward = run.Laboratory.Forward;
        var gate = run.Gate;
        var text = forward.Pair(gate.A, gate.B);
        var training = forward.Training(Options.FittedBlocks);
        var fit = new Lazy<CircuitFit>(() => new(text, text.Blocks(training, split: false), Options.RowsPerStep));
        var plans = Plans(run.Config, gate, forward.Circuits);
        var steps = run.Steps(2 + plans.Sum(plan => plan.Seeds));
        var ablated = steps.Next("mean ablation", () =>
            run.Part("none", () => new PatternFit(text.LossesUnderMeanAblation([gate.A, gate.B]))));
        var model = steps.Next("the model", () =>
            run.Part("model", () => new PatternFit(text.Losses(block => text.Without(block, [])))));
        return new()
        {
            Gate = gate,
            Model = run.Config,
            IsRunAgain = !forward.IsLinear(gate.A.Layer),
            FitSeeds = Options.FitSeeds,
            FittedTokens = training.TotalTargets,
            JudgedBlocks = text.Validation.Count,
            Arms = [.. plans.Select(Arm)],
            AsItIs = model,
            Ablated = ablated,
        };

        FittedArm Arm(Plan plan, int place)
        {
            PatternFit Fit(int seed) =>
                new(text.Losses(fit.Value.Fit(plan.Terms, Options.Seed + seed, plan.Start?.Invoke()).Residual));
            PatternFit Step(int seed) =>
                steps.Next($"{plan.Name}, fit {seed + 1}", () => run.Part($"fit-{place}-{seed}", () => Fit(seed)));
            return new(plan.Kind, plan.Name, plan.Terms, [.. Enumerable.Range(0, plan.Seeds).Select(Step)]);
        }
    }

    // In the order in which parts are numbered.
    private Plan[] Plans(TransformerConfig config, Gate gate, TransformerWeights circuits)
    {
        var (a, b, seeds) = (gate.A, gate.B, Options.FitSeeds);
        int rank = config.DValue, wide = Math.Min(2 * rank, config.DModel), half = rank / 2;
        PatternTerm[] both = [new(a, rank), new(b, rank)];
        return
        [
            new(PatternArmKind.Constant, PatternArmNames.Constant, [], seeds, null),
            new(PatternArmKind.Baseline, PatternArmNames.Baseline, both, seeds, () => [Own(rank, a), Own(rank, b)]),
            One(PatternArmKind.OnePattern, $"{PatternArmNames.One}, A's", a, rank),
            One(PatternArmKind.OnePattern, $"{PatternArmNames.One}, B's", b, rank),
            One(PatternArmKind.OneWidePattern, $"{PatternArmNames.OneWide}, A's", a, wide),
            One(PatternArmKind.OneWidePattern, $"{PatternArmNames.OneWide}, B's", b, wide),
            new(PatternArmKind.HalfRanks, PatternArmNames.Halves, [new(a, half), new(b, half)], seeds, () => [Own(half, a), Own(half, b)]),
            new(PatternArmKind.RandomStart, PatternArmNames.Random, both, 1, null),
        ];

        // Under one pattern a fit starts from the sum of both circuits.
        Plan One(PatternArmKind kind, string name, HeadIndex pattern, int most) =>
            new(kind, name, [new(pattern, most)], seeds, () => [Own(most, a, b)]);

        FactoredMatrix Own(int most, params HeadIndex[] heads)
        {
            var circuit = TokenCircuit.OfHeads(circuits, heads);
            return circuit.Rank > most ? circuit.Truncate(most).Residual : circuit.Residual;
        }
    }

    // An arm before it is fitted; what fits start from is made when the first is needed, null for random weights or none.
    private sealed record Plan(
        PatternArmKind Kind, string Name, IReadOnlyList<PatternTerm> Terms, int Seeds, Func<IReadOnlyList<FactoredMatrix>>? Start);
}
