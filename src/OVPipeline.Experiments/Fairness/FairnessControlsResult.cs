using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What copiers of a head's rank do under controls, and on tokens that were kept out of their loss.</summary>
public sealed record FairnessControlsResult : ExperimentResult
{
    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The rank of one head, and of all copiers here.</summary>
    public required int HeadRank { get; init; }

    /// <summary>Whether log-losses and norms are at the model's scale.</summary>
    public required bool AtModelScale { get; init; }

    /// <summary>Which heads copy.</summary>
    public required CopyingHeads Found { get; init; }

    /// <summary>The best head.</summary>
    public required CopyingRow Head { get; init; }

    /// <summary>Frobenius norm of its map in the residual stream.</summary>
    public required double HeadNorm { get; init; }

    /// <summary>The width of its values: above <see cref="HeadRank"/> where they are wider than the model.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>
    /// Whether it reads the embeddings that fits go through: where norms are held, heads of other layers than <c>ReadingLayer</c> do not.
    /// </summary>
    public required bool HeadComparable { get; init; }

    /// <summary>The head, the copier without controls, and a copier under each control.</summary>
    public required IReadOnlyList<FairnessArm> Arms { get; init; }

    /// <summary>What text frequencies are of, in words; null where there are none.</summary>
    public string? Frequencies { get; init; }

    /// <summary>Why there are no frequencies; empty where there are.</summary>
    public string NoFrequencies { get; init; } = "";

    /// <summary>Random splits into fitted and held-out tokens; none where it is not possible.</summary>
    public required IReadOnlyList<HeldOutSplit> Splits { get; init; }

    /// <summary>Why no tokens can be held out; null where they can.</summary>
    public string? NotHeldOut { get; init; }

    /// <summary>The arm of a control, the first of several weight decays; null where it was not run.</summary>
    /// <param name="control">The control.</param>
    public FairnessArm? Arm(FairnessControl control) => Arms.FirstOrDefault(arm => arm.Control == control);

    /// <summary>The arms of weight decay, least first.</summary>
    [JsonIgnore]
    public IReadOnlyList<FairnessArm> Decayed => [.. Arms.Where(arm => arm.Control == FairnessControl.WeightDecay)];

    /// <summary>Each circuit of the splits, over all of them.</summary>
    [JsonIgnore]
    public IReadOnlyList<HeldOutMean> HeldOut => HeldOutMean.Of(Splits);

    /// <summary>
    /// Why a fit cannot be what it is meant to be; null where it can, and for arms that are no fits to all tokens alike. That another fit
    /// is better does not fail the copier without controls: what it copies is then the least that its rank can
    /// (<see cref="CopierBehind"/>).
    /// </summary>
    /// <param name="arm">One of <see cref="Arms"/>.</param>
    public FailedCheck? Failed(FairnessArm arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        return arm.Control switch
        {
            FairnessControl.Copier => Check(arm, OwnPoint()),

            // The loss at the best factors grows with the penalty: a decayed fit bounds those of less decay, and only chance bounds all.
            FairnessControl.WeightDecay => Check(arm, Decayed.Where(more => more.WeightDecay > arm.WeightDecay).Select(Point)),
            FairnessControl.NormCapped => Check(arm,
            [
                .. OwnPoint(), .. Decayed.Select(Point), .. Points(FairnessControl.Copier), .. Points(FairnessControl.StartedFromHead),
            ]),
            _ => null,
        };
    }

    /// <summary>
    /// That a control found a circuit of lower loss, which the copier without controls could have been; null where none did.
    /// </summary>
    [JsonIgnore]
    public FailedCheck? CopierBehind
    {
        get
        {
            IEnumerable<FrontierPoint> others =
                [.. Decayed.Select(Point), .. Points(FairnessControl.NormCapped), .. Points(FairnessControl.StartedFromHead)];
            var copier = Points(FairnessControl.Copier).Single() with { NotConverged = null };
            return FrontierChecks.Check(copier, others, Model.Vocabulary);
        }
    }

    /// <inheritdoc/>
    public override ReportSection ToSection() => FairnessControlsReport.Of(this);

    private FailedCheck? Check(FairnessArm arm, IEnumerable<FrontierPoint> known) =>
        FrontierChecks.Check(Point(arm), known, Model.Vocabulary);

    private IEnumerable<FrontierPoint> Points(FairnessControl control) => Arms.Where(arm => arm.Control == control).Select(Point);

    private IEnumerable<FrontierPoint> OwnPoint() =>
        HeadComparable ? [new($"head {Head.Name}", Head.Rank, HeadNorm, Head.LogLoss)] : [];

    private FrontierPoint Point(FairnessArm arm)
    {
        var one = arm.Repeats[0];
        return new(arm.Name, one.Row.Rank, one.Norm, one.Row.LogLoss)
        {
            MostNorm = arm.Control == FairnessControl.NormCapped ? HeadNorm : null,
            NotConverged = one.NotConverged,
        };
    }
}
