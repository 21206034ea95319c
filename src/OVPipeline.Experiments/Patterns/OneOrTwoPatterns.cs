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
        + "each. They are compared where fits are so long that it does not matter where they start.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How much is fitted; null for all of it.</param>
    public OneOrTwoPatterns(OneOrTwoPatternsOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 7;

    /// <inheritdoc/>
    public override string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return laboratory.Forward.NoPair
            ?? (laboratory.Model.Weights.Config.DValue < 2 ? "its heads have rank 1: there is no half of it" : null);
    }

    /// <inheritdoc/>
    protected override bool Answers(OneOrTwoPatternsResult kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        return kept.Agreed is not null || kept.Budgets[^1].Blocks >= Budgets[^1];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1, or the most blocks are fewer than the first.</exception>
    protected override OneOrTwoPatternsResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.FittedBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.MostFittedBlocks, Options.FittedBlocks);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.FitSeeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.RowsPerStep, 1);
        var forward = run.Laboratory.Forward;
        var gate = run.Gate;
        var text = forward.Pair(gate.A, gate.B);
        var fits = new PatternFits(text, Options.RowsPerStep);
        var plans = PatternPlan.All(run.Config, gate, forward.Circuits);
        var steps = run.Steps(2 + Options.FitSeeds * (1 + 2 * Budgets.Length + plans.Tested.Length));
        var ablated = steps.Next("mean ablation", () =>
            run.Part("none", () => new PatternFit(text.LossesUnderMeanAblation([gate.A, gate.B]))));
        var model = steps.Next("the model", () =>
            run.Part("model", () => new PatternFit(text.Losses(block => text.Without(block, [])))));
        return Compared(plans, Budgets, Arm, fits.Tokens, new()
        {
            Gate = gate,
            Model = run.Config,
            IsRunAgain = !forward.IsLinear(gate.A.Layer),
            FitSeeds = Options.FitSeeds,
            FittedTokens = 0,
            JudgedBlocks = text.Validation.Count,
            Arms = [],
            AsItIs = model,
            Ablated = ablated,
        });

        FittedArm Arm(PatternPlan plan, int blocks)
        {
            PatternFit Step(int seed) => steps.Next($"{plan.Name}, {blocks} blocks of text, fit {seed + 1}",
                () => run.Part($"{plan.Key}-{blocks}-{seed}", () => fits.Fit(plan, Options.Seed + seed, blocks)));
            return new(plan.Kind, plan.Name, plan.Terms, [.. Enumerable.Range(0, Options.FitSeeds).Select(Step)]);
        }
    }

    /// <summary>Fits the two heads with one budget after another until starts agree, then the other arms with that budget.</summary>
    /// <param name="plans">The arms.</param>
    /// <param name="budgets">Blocks of text, rising.</param>
    /// <param name="fit">Fits an arm on so many blocks.</param>
    /// <param name="tokens">Tokens of so many blocks, and how many of them are distinct.</param>
    /// <param name="unfitted">What is known beside the fits.</param>
    internal static OneOrTwoPatternsResult Compared(PatternPlans plans, IReadOnlyList<int> budgets, Func<PatternPlan, int, FittedArm> fit,
        Func<int, (long Seen, long Distinct)> tokens, OneOrTwoPatternsResult unfitted)
    {
        var constant = fit(plans.Constant, budgets[0]);
        var found = unfitted;
        foreach (int blocks in budgets.TakeWhile(_ => found.Agreed is null))
        {
            var (own, random) = (fit(plans.Baseline, blocks), fit(plans.Random, blocks));
            var (seen, distinct) = tokens(blocks);
            found = found with
            {
                Budgets = [.. found.Budgets, new(blocks, seen, distinct, own.Fits, random.Fits)],
                Arms = [constant, own, random],
                FittedTokens = distinct,
            };
        }
        return found.Agreed is { } agreed
            ? found with { Arms = [.. found.Arms.SkipLast(1), .. plans.Tested.Select(plan => fit(plan, agreed.Blocks)), found.Arms[^1]] }
            : found;
    }

    // Blocks of one budget after another, each twice the one before.
    private int[] Budgets =>
    [
        .. Enumerable.Range(0, 31).Select(doublings => (long)Options.FittedBlocks << doublings)
            .TakeWhile(blocks => blocks <= Options.MostFittedBlocks).Select(blocks => (int)blocks),
    ];
}
