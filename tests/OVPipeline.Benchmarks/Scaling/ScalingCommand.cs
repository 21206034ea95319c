using System.CommandLine;
using Spectre.Console;

namespace OVPipeline.Benchmarks;

/// <summary>The <c>scaling</c> command: how the cost of ours grows with the vocabulary and with the rank.</summary>
internal static class ScalingCommand
{
    public static Command Create()
    {
        var sizes = Numbers.List("--vocabulary", "Vocabularies, such as 16032,128256.", 16032, 32064, 64128, 128256);
        var width = Numbers.Count("--d-model", "Width of the embeddings.", 768);
        var rank = Numbers.Count("--rank", "The rank that vocabularies are compared at.", 128);
        var ranks = Numbers.List("--ranks", "Ranks that are compared at the smallest vocabulary.", 32, 64, 128, 256);
        var rows = Numbers.Share("--rows", "Share of the rows that is scored, the same at every size; times are of that share.", 0.25);
        var rounds = Numbers.Count("--rounds", "How often each size is measured.", 3);
        var file = new Option<FileInfo?>("--out") { Description = "A JSON file for the figures." };
        var command = new Command("scaling", "Measures how the cost of scoring and of a fitting step grows.")
            { sizes, width, rank, ranks, rows, rounds, file };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var report = new Report("scaling", Machine.Here("libtorch is not used"));
            AnsiConsole.WriteLine(report.Machine.ToString());
            var run = new ScalingRun(parsed.GetValue(width), parsed.GetValue(rows), parsed.GetValue(rounds), cancellationToken);
            foreach (var result in run.All(parsed.GetRequiredValue(sizes), parsed.GetValue(rank), parsed.GetRequiredValue(ranks)))
            {
                report.Scaling.Add(result);
                Tables.Write(result);
                report.Save(parsed.GetValue(file));
            }
        }, cancellationToken));
        return command;
    }
}
