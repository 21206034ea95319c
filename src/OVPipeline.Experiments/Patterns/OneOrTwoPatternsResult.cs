using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What circuits fitted in the place of two heads do for the loss, under one pattern or two and at different ranks.</summary>
public sealed record OneOrTwoPatternsResult : ExperimentResult
{
    /// <summary>A baseline that gains less than this, in nats a token, says nothing of its parts.</summary>
    internal const double LeastGain = 0.002;

    /// <summary>
    /// Starts agree within this share of the baseline's gain: a third of what lies between a high R and a low one, so that where a fit
    /// starts does not move an arm from the one to the other.
    /// </summary>
    internal const double ToleranceShare = (SplitAccount.High - SplitAccount.Low) / 3;

    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The two heads, A and B.</summary>
    public required Gate Gate { get; init; }

    /// <summary>Whether the model after the heads was run again with what is fitted; else they add to the logits.</summary>
    public bool IsRunAgain { get; init; }

    /// <summary>Fits of each arm.</summary>
    public required int FitSeeds { get; init; }

    /// <summary>Tokens of training text that were fitted on.</summary>
    public required long FittedTokens { get; init; }

    /// <summary>
    /// The two heads fitted again with one budget after another, each twice the one before, until it does not matter where fits start.
    /// </summary>
    public IReadOnlyList<FitBudget> Budgets { get; init; } = [];

    /// <summary>Blocks of validation text that were judged on.</summary>
    public required int JudgedBlocks { get; init; }

    /// <summary>
    /// The arms, in the order of the table, fitted with the budget at which starts agree; where they do at none, only the constant and the
    /// baseline, with the last.
    /// </summary>
    public required IReadOnlyList<FittedArm> Arms { get; init; }

    /// <summary>The model as it is.</summary>
    public required PatternFit AsItIs { get; init; }

    /// <summary>Mean ablation of both heads, nothing fitted.</summary>
    public required PatternFit Ablated { get; init; }

    /// <summary>The budget with which fits from random weights do as the model's own circuits do; null where there is none.</summary>
    [JsonIgnore]
    public FitBudget? Agreed => Budgets.FirstOrDefault(Agrees);

    /// <summary>The budget with which starts agree, else the largest.</summary>
    internal FitBudget Last => Agreed ?? Budgets[^1];

    /// <summary>What the baseline gains over the constant, in nats a token, on average over fits.</summary>
    [JsonIgnore]
    public double BaselineGain => Gain(Arm(PatternArmKind.Baseline).Loss);

    /// <summary>Whether the baseline gains enough to be shared out, with every seed.</summary>
    [JsonIgnore]
    public bool Informative
    {
        get
        {
            var (constant, baseline) = (Arm(PatternArmKind.Constant), Arm(PatternArmKind.Baseline));
            return BaselineGain >= LeastGain && constant.Fits.Zip(baseline.Fits).All(one => one.First.Loss - one.Second.Loss > 0);
        }
    }

    /// <summary>
    /// R of one pattern of rank d, one of rank 2d, two of rank d/2, in this order. Of one pattern it is the better of A's and B's. None
    /// where the starts do not agree.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<PatternArm> Tested => Agreed is null ? [] :
    [
        Better(PatternArmNames.One, PatternArmKind.OnePattern),
        Better(PatternArmNames.OneWide, PatternArmKind.OneWidePattern),
        new("two patterns with half the rank each", R(Arm(PatternArmKind.HalfRanks))),
    ];

    /// <summary>The account of why two heads share the work that predicts what was found; null where none does.</summary>
    [JsonIgnore]
    public string? Account => Informative && Agreed is not null
        ? SplitAccount.Match([.. Tested.Select(arm => SplitAccount.Word(arm.R))])
        : null;

    /// <summary>The first arm of a kind; of those with one pattern, A's.</summary>
    /// <exception cref="InvalidOperationException">There is none, where starts did not agree.</exception>
    public FittedArm Arm(PatternArmKind kind) => Arms.First(arm => arm.Kind == kind);

    /// <summary>Within how many nats starts have to agree with a budget.</summary>
    /// <param name="budget">The budget.</param>
    public double Tolerance(FitBudget budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        return ToleranceShare * Gain(budget.OwnLoss);
    }

    /// <summary>What a loss gains over the fitted constant's, in nats a token, on average over fits.</summary>
    /// <param name="loss">The loss, in nats.</param>
    public double Gain(double loss) => Arm(PatternArmKind.Constant).Loss - loss;

    /// <summary>
    /// An arm's share of the baseline's gain over the constant, seed by seed: the mean, with its 95 % interval where there are several.
    /// </summary>
    /// <param name="arm">An arm of <see cref="Arms"/>.</param>
    public ConfidenceInterval R(FittedArm arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        var (constant, baseline) = (Arm(PatternArmKind.Constant).Fits, Arm(PatternArmKind.Baseline).Fits);
        double Share(PatternFit one, int seed) => (constant[seed].Loss - one.Loss) / (constant[seed].Loss - baseline[seed].Loss);
        return ShownIntervals.OfMean([.. arm.Fits.Select(Share)]);
    }

    /// <inheritdoc/>
    public override ReportSection ToSection() => OneOrTwoPatternsReport.Of(this);

    // Where there is little to share out, nothing agrees to a share of it.
    private bool Agrees(FitBudget budget) => Gain(budget.OwnLoss) >= LeastGain && budget.Agrees(Tolerance(budget));

    private PatternArm Better(string name, PatternArmKind kind)
    {
        FittedArm[] arms = [.. Arms.Where(arm => arm.Kind == kind)];
        var better = R(arms[1]).Estimate > R(arms[0]).Estimate ? arms[1] : arms[0];
        return new($"{name} ({better.Terms[0].Pattern}'s)", R(better));
    }
}
