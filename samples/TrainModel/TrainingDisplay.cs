using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.TrainModel;

/// <summary>Shows a run as it goes on: a bar, and every row of the log. Keeps the rows.</summary>
internal sealed class TrainingDisplay(ProgressTask bar) : IProgress<TrainingProgress>
{
    private readonly List<TrainingRow> _rows = [];

    /// <summary>Done after every row of the log.</summary>
    public Action? OnRow { get; set; }

    /// <summary>The rows of the log, those of this run.</summary>
    public ReportTable Log() => new(
        "log", "The run",
        [
            ReportColumn.Count("tokens"), ReportColumn.Number("train loss", unit: "nats"),
            ReportColumn.Number("validation loss", unit: "nats"), ReportColumn.Number("max induction"),
            ReportColumn.Number("max previous token") with { Priority = 2 }, ReportColumn.Heads("best pair"),
            ReportColumn.Share("best pair top1"), ReportColumn.Share("layer top1") with { Priority = 1 },
        ],
        [
            .. _rows.Select(row => (ReportValue[])
            [
                row.Tokens, row.TrainLoss, row.ValidationLoss, row.Induction.Max(score => score.Value),
                row.PreviousToken.Max(score => score.Value), row.BestPair?.Name, row.BestPair?.Top1, row.Layer.Top1,
            ]),
        ])
    { Units = "losses a token; top1 of all tokens" };

    public void Report(TrainingProgress value)
    {
        bar.MaxValue = value.Steps;
        bar.Value = value.Step;
        bar.Description = string.Create(CultureInfo.InvariantCulture, $"loss {value.Loss:0.000}, {value.TokensPerSecond:N0} tokens/s");
        if (value.Row is not { } row)
            return;
        _rows.Add(row);
        OnRow?.Invoke();
        string validation = double.IsFinite(row.ValidationLoss) ? $", validation {row.ValidationLoss:0.000}" : "";
        RunProgress.Say($"{row.Tokens / 1e6:0.00}M tokens: train {row.TrainLoss:0.000}{validation}, "
            + $"induction {Best(row.Induction)}, previous token {Best(row.PreviousToken)}, copying {Best(row.Heads)}, "
            + $"{row.BestPair?.Name} {row.BestPair?.Top1:P1}, layer {row.Layer.Top1:P1}; {row.TokensPerSecond:N0} tokens/s");
    }

    private static string Best(IReadOnlyList<(HeadIndex Head, double Value)> scores)
    {
        var (head, value) = scores.MaxBy(score => score.Value);
        return string.Create(CultureInfo.InvariantCulture, $"{head} {value:0.000}");
    }

    private static string Best(IReadOnlyList<CopyingAccuracy> circuits)
    {
        var best = circuits.MaxBy(circuit => circuit.Top1)!;
        return string.Create(CultureInfo.InvariantCulture, $"{best.Name} {best.Top1:P1}");
    }
}
