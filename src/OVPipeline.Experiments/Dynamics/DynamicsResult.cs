using System.Text.Json.Serialization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How two heads came to copy over a training.</summary>
public sealed record DynamicsResult : ExperimentResult
{
    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The two heads, A and B.</summary>
    public required Gate Gate { get; init; }

    /// <summary>Whether norms are held at fixed scales: each checkpoint's at those of its own lone embeddings.</summary>
    public required bool NormsHeld { get; init; }

    /// <summary>What the places of checkpoints in the training count.</summary>
    public SeriesUnit Unit { get; init; }

    /// <summary>How the last layer copied at each checkpoint, by its place in the training, ascending.</summary>
    public required IReadOnlyList<CheckpointFigures> Checkpoints { get; init; }

    /// <summary>Fits at the heads' rank and norm at some of them, ascending.</summary>
    public IReadOnlyList<CheckpointFrontier> Frontiers { get; init; } = [];

    /// <summary>The place of each checkpoint in the training.</summary>
    [JsonIgnore]
    public IReadOnlyList<long> Tokens => [.. Checkpoints.Select(one => one.Tokens)];

    /// <summary>Heads of the last layer other than A and B that never come to copy materially.</summary>
    [JsonIgnore]
    public IReadOnlyList<HeadIndex> Bystanders =>
    [
        .. from row in Gate.Heads
           where row.Head != Gate.A && row.Head != Gate.B && row.Top1 < GateRow.LeastCopying
           select row.Head,
    ];

    /// <summary>The highest d' of <see cref="Bystanders"/> at each checkpoint; 0 where there are none.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Band
    {
        get
        {
            var bystanders = Bystanders;
            double Highest(CheckpointFigures at) => bystanders.Max(head => Separation(at.Heads[head.Head]));
            return [.. Checkpoints.Select(at => bystanders.Count == 0 ? 0 : Highest(at))];
        }
    }

    /// <summary>How A came to copy.</summary>
    [JsonIgnore]
    public HeadHistory HistoryA => HeadHistory.Of(Tokens, SeparationsOf(Gate.A), Band);

    /// <summary>How B came to copy.</summary>
    [JsonIgnore]
    public HeadHistory HistoryB => HeadHistory.Of(Tokens, SeparationsOf(Gate.B), Band);

    /// <summary>The 0-based place of the first checkpoint at which both had started; null where one never did.</summary>
    [JsonIgnore]
    public int? BothStarted
    {
        get
        {
            if (HistoryA.Start.By is not { } a || HistoryB.Start.By is not { } b)
                return null;
            return Tokens.Index().First(at => at.Item >= a && at.Item >= b).Index;
        }
    }

    /// <summary>Of A and B the one that started first; A where the checkpoints do not tell, or neither did.</summary>
    [JsonIgnore]
    public HeadIndex First => (HistoryA.Start.By ?? long.MaxValue) <= (HistoryB.Start.By ?? long.MaxValue) ? Gate.A : Gate.B;

    /// <summary>
    /// Whether <see cref="First"/> was still below the frontier of its rank and norm when both had started; null where that is not known.
    /// </summary>
    [JsonIgnore]
    public bool? HasSlack => BothStarted is { } both && Frontiers.FirstOrDefault(one => one.Tokens == Tokens[both]) is { } frontier
        ? DynamicsVerdicts.HasSlack(Share(frontier, First))
        : null;

    /// <summary>Whether both started before either was done.</summary>
    [JsonIgnore]
    public DynamicsVerdict Verdict => HeadHistory.Judge(HistoryA, HistoryB, HasSlack);

    /// <summary>A head's d' at each checkpoint.</summary>
    /// <param name="head">The head, of the last layer.</param>
    public IReadOnlyList<double> SeparationsOf(HeadIndex head) => [.. Checkpoints.Select(at => Separation(at.Heads[head.Head]))];

    /// <summary>
    /// The d' behind a top-1 share. It is defined between none and all of the tokens: at the ends half a token counts as ranked first, or
    /// as not.
    /// </summary>
    /// <param name="top1">The share, in [0, 1].</param>
    public double Separation(double top1)
    {
        double halfToken = 0.5 / Model.Vocabulary;
        return SignalSeparation.FromAccuracy(Math.Clamp(top1, halfToken, 1 - halfToken), Model.Vocabulary)!.Value;
    }

    /// <summary>
    /// A head's d'^2 as a share of that of the fit at its rank and norm; null where it is no share, or the fit did not converge.
    /// </summary>
    /// <param name="frontier">Fits at a checkpoint, of <see cref="Frontiers"/>.</param>
    /// <param name="head">A or B.</param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public double? Share(CheckpointFrontier frontier, HeadIndex head)
    {
        ArgumentNullException.ThrowIfNull(frontier);
        if (head != Gate.A && head != Gate.B)
            throw new ArgumentException($"Fits are of heads {Gate.A} and {Gate.B}; were asked for of {head}.", nameof(head));
        var fit = head == Gate.A ? frontier.A : frontier.B;
        double own = Separation(Checkpoints.First(at => at.Tokens == frontier.Tokens).Heads[head.Head]);
        return DynamicsVerdicts.Share(own, Separation(fit.Top1), fit.NotConverged is not null);
    }

    /// <inheritdoc/>
    public override ReportSection ToSection() => DynamicsReport.Of(this);
}
