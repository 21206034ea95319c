using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>A row of a training log.</summary>
public sealed record TrainingRow
{
    /// <summary>Steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds of training so far; what logs and checkpoints took is left out.</summary>
    public required double Seconds { get; init; }

    /// <summary>Mean loss of the steps since the row before, in nats a token.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>Loss on validation text, in nats a token; NaN where there is none.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Tokens a second since the row before.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Induction score of every head.</summary>
    public required IReadOnlyList<(HeadIndex Head, double Value)> Induction { get; init; }

    /// <summary>Previous-token score of every head.</summary>
    public required IReadOnlyList<(HeadIndex Head, double Value)> PreviousToken { get; init; }

    /// <summary>Copying accuracy of every head of the last layer.</summary>
    public required IReadOnlyList<CopyingAccuracy> Heads { get; init; }

    /// <summary>
    /// The two heads of a layer, whatever the layer, that copy best together, of the twelve pairs whose heads copy most alone
    /// (<see cref="CopyingHeads"/>); null in a model of one head a layer.
    /// </summary>
    public required CopyingAccuracy? BestPair { get; init; }

    /// <summary>The two heads of the last layer with the highest induction scores, summed.</summary>
    public required CopyingAccuracy? InductionPair { get; init; }

    /// <summary>All heads of the last layer, summed.</summary>
    public required CopyingAccuracy Layer { get; init; }

    internal string Header => string.Join(',', Columns().Select(column => column.Name));

    internal string ToCsv() => string.Join(',', Columns().Select(column => column.Text));

    private IEnumerable<(string Name, string Text)> Columns() =>
    [
        ("step", Step.ToString(CultureInfo.InvariantCulture)),
        ("tokens", Tokens.ToString(CultureInfo.InvariantCulture)),
        ("seconds", Text(Seconds, "0.0")),
        ("train_loss", Text(TrainLoss, "0.0000")),
        ("validation_loss", Text(ValidationLoss, "0.0000")),
        ("learning_rate", Text(LearningRate, "0.000e+0")),
        ("tokens_per_second", Text(TokensPerSecond, "0")),
        ("max_induction", Text(Induction.Max(score => score.Value))),
        ("max_previous_token", Text(PreviousToken.Max(score => score.Value))),
        ("best_pair", HeadLabels.Of(BestPair?.Heads ?? [])),
        ("best_pair_top1", Text(BestPair?.Top1)),
        ("best_pair_top5", Text(BestPair?.Top5)),
        ("induction_pair", HeadLabels.Of(InductionPair?.Heads ?? [])),
        ("induction_pair_top1", Text(InductionPair?.Top1)),
        ("induction_pair_top5", Text(InductionPair?.Top5)),
        ("layer_top1", Text(Layer.Top1)),
        ("layer_top5", Text(Layer.Top5)),
        .. Induction.Select(score => ($"induction_{score.Head.Label}", Text(score.Value))),
        .. PreviousToken.Select(score => ($"previous_token_{score.Head.Label}", Text(score.Value))),
        .. Heads.Select(head => ($"top1_{HeadLabels.Of(head.Heads)}", Text(head.Top1))),
        .. Heads.Select(head => ($"top5_{HeadLabels.Of(head.Heads)}", Text(head.Top5))),
    ];

    private static string Text(double? value, string format = "0.00000") =>
        value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";
}
