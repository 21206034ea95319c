using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Whether two heads of one layer share one job or have two.</summary>
public sealed record HeadRolesResult : ExperimentResult
{
    /// <summary>By what an effect is measured: what a head adds to the correct logit.</summary>
    public const string ByLogit = "correct-logit attribution";

    /// <summary>By what an effect is measured: what the loss rises by without a head.</summary>
    public const string ByAblation = "ablation";

    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The two heads, and whether the model has what the experiment asks for.</summary>
    public required Gate Gate { get; init; }

    /// <summary>The heads compared: A, B and the best copiers of their layer.</summary>
    public required IReadOnlyList<HeadIndex> Heads { get; init; }

    /// <summary>Every two of them.</summary>
    public required IReadOnlyList<HeadPairRoles> Pairs { get; init; }

    /// <summary>What A and B do at positions of each context; null where the model is not run on text.</summary>
    public required RoleFigures? Figures { get; init; }

    /// <summary>Why it is not; null where it is.</summary>
    public string? NoFigures { get; init; }

    /// <summary>Whether the model after the heads was run again for losses without them; else they add to the logits.</summary>
    public bool IsRunAgain { get; init; }

    /// <summary>Tokens of the training text, in which frequencies are counted.</summary>
    public required int TrainingTokens { get; init; }

    /// <summary>The training text, in words.</summary>
    public required string TrainingSource { get; init; }

    /// <summary>A and B among <see cref="Pairs"/>.</summary>
    [JsonIgnore]
    public HeadPairRoles MainPair => Pairs.First(IsMain);

    /// <summary>What A and B do in each context, for all targets, for names, and for others; none without text.</summary>
    [JsonIgnore]
    public IReadOnlyList<RoleContext> Contexts => Figures is null ? [] :
    [
        .. from context in Enum.GetValues<TextContext>()
           from targets in Enum.GetValues<TextTargets>()
           select ContextOf(context, targets),
    ];

    /// <summary>Whether A is more for induction than B: for all targets, for names, for others; by attribution and by ablation.</summary>
    [JsonIgnore]
    public IReadOnlyList<RoleSpecialization> Specializations =>
        Figures is null ? [] : [.. Enum.GetValues<TextTargets>().SelectMany(SpecializationsOf)];

    /// <inheritdoc/>
    public override ReportSection ToSection() => HeadRolesReport.Of(this);

    internal bool IsMain(HeadPairRoles pair) =>
        (pair.Copied.A == Gate.A && pair.Copied.B == Gate.B) || (pair.Copied.A == Gate.B && pair.Copied.B == Gate.A);

    private RoleContext ContextOf(TextContext context, TextTargets targets)
    {
        int[] cells = TextContexts.CellsIn(context, targets);
        return new(context, targets, Figures!.Positions(cells))
        {
            LogitA = Figures.Interval(one => one.LogitA, cells).Estimate,
            LogitB = Figures.Interval(one => one.LogitB, cells).Estimate,
            LossA = Figures.Interval(one => one.LossA, cells),
            LossB = Figures.Interval(one => one.LossB, cells),
            LossBoth = Figures.Interval(one => one.LossBoth, cells).Estimate,
        };
    }

    private IEnumerable<RoleSpecialization> SpecializationsOf(TextTargets targets)
    {
        int[] induction = TextContexts.CellsIn(TextContext.Induction, targets);
        int[] seen = TextContexts.CellsIn(TextContext.Seen, targets);
        yield return new(ByLogit, targets, Figures!.Specialization(one => one.LogitA, one => one.LogitB, induction, seen));
        yield return new(ByAblation, targets, Figures.Specialization(one => one.LossA, one => one.LossB, induction, seen));
    }
}

/// <summary>What two heads have in common by their weights.</summary>
/// <param name="Copied">Which tokens they copy, alone and summed.</param>
/// <param name="ReadCosines">Cosines of the principal angles between the columns of their <c>W_V</c>, largest first.</param>
/// <param name="WriteCosines">The same of the rows of their <c>W_O</c>.</param>
public sealed record HeadPairRoles(CopiedSets Copied, IReadOnlyList<double> ReadCosines, IReadOnlyList<double> WriteCosines);

/// <summary>What A and B do in a context.</summary>
/// <param name="Context">The context.</param>
/// <param name="Targets">Which of its targets.</param>
/// <param name="Positions">How many positions that is; where it is none, the figures are NaN.</param>
public sealed record RoleContext(TextContext Context, TextTargets Targets, long Positions)
{
    /// <summary>What A adds to the correct logit, logits centred over the vocabulary.</summary>
    public required double LogitA { get; init; }

    /// <summary>The same of B.</summary>
    public required double LogitB { get; init; }

    /// <summary>What the loss rises by where A writes its mean, in nats.</summary>
    public required ConfidenceInterval LossA { get; init; }

    /// <summary>The same of B.</summary>
    public required ConfidenceInterval LossB { get; init; }

    /// <summary>The same of both.</summary>
    public required double LossBoth { get; init; }

    /// <summary>
    /// The rise without both, less the sum of the two, in nats: saturation of the softmax, as heads of one layer do not interact in logits.
    /// </summary>
    public double Saturation => LossBoth - LossA.Estimate - LossB.Estimate;
}

/// <summary>Whether A is more for induction than B.</summary>
/// <param name="Measure">By what: <see cref="HeadRolesResult.ByLogit"/> or <see cref="HeadRolesResult.ByAblation"/>.</param>
/// <param name="Targets">Of which targets.</param>
/// <param name="S"><see cref="RoleFigures.Specialization"/>: above 0 where it is; NaN where an effect cannot be told from zero.</param>
public sealed record RoleSpecialization(string Measure, TextTargets Targets, ConfidenceInterval S);
