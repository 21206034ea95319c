using System.Diagnostics;
using System.Globalization;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.TrainModel;

/// <summary>Shows a run: a progress bar on a terminal, else a line from time to time; every row of the log as a line.</summary>
internal sealed class TrainingDisplay(ProgressTask? bar) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();

    /// <summary>Done after every row of the log.</summary>
    public Action? OnRow { get; set; }

    public void Report(TrainingProgress value)
    {
        double tokensToCome = (value.Steps - value.Step) * (double)value.Tokens / value.Step;
        var left = TimeSpan.FromSeconds(tokensToCome / Math.Max(1, value.TokensPerSecond));
        string state = $"loss {value.Loss:0.000}, {value.TokensPerSecond:N0} tokens/s, {left:d\\.hh\\:mm\\:ss} left";
        if (bar is not null)
        {
            bar.MaxValue = value.Steps;
            bar.Value = value.Step;
            bar.Description = state;
        }
        if (value.Row is { } row)
        {
            OnRow?.Invoke();
            string validation = double.IsFinite(row.ValidationLoss) ? $", validation {row.ValidationLoss:0.000}" : "";
            Say($"{row.Tokens / 1e6:0.00}M tokens: train {row.TrainLoss:0.000}{validation}, "
                + $"induction {Best(row.Induction)}, previous token {Best(row.PreviousToken)}, copying {Best(row.Heads)}, "
                + $"{row.BestPair?.Name} {row.BestPair?.Top1:P1}, layer {row.Layer.Top1:P1}; {row.TokensPerSecond:N0} tokens/s");
        }
        if (value.Saved is not null && bar is null)
            Say($"Saved {value.Saved}");
        if (bar is null && (_sinceLine.Elapsed > Pause || value.Step == value.Steps))
        {
            Say($"step {value.Step:N0} of {value.Steps:N0}, {value.Tokens / 1e6:0.00}M tokens, {state}");
            _sinceLine.Restart();
        }
    }

    // A file's lines are as long as they are; a terminal has the progress bar to draw around them.
    private void Say(string line)
    {
        if (bar is null)
            Console.WriteLine(line);
        else
            AnsiConsole.WriteLine(line);
    }

    private static string Best(IReadOnlyList<(Core.HeadIndex Head, double Value)> scores)
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
