using System.CommandLine;
using Spectre.Console;

namespace OVPipeline.Benchmarks;

/// <summary>The <c>scaling</c> command: how the cost of ours grows with the vocabulary and with the rank.</summary>
internal static class ScalingCommand
{
    public static Command Create()
    {
        var sizes = Lists.Option("--vocabulary", "Vocabularies, such as 16032,128256.", 16032, 32064, 64128, 128256);
        var width = new Option<int>("--d-model") { Description = "Width of the embeddings.", DefaultValueFactory = _ => 768 };
        var rank = new Option<int>("--rank") { Description = "The rank that vocabularies are compared at.", DefaultValueFactory = _ => 128 };
        var ranks = Lists.Option("--ranks", "Ranks that are compared at the smallest vocabulary.", 32, 64, 128, 256);
        var rows = new Option<double>("--rows") { Description = "Share of the rows that is scored, the same at every size; times are of that share.", DefaultValueFactory = _ => 0.25 };
        var rounds = new Option<int>("--rounds") { Description = "How often each size is measured.", DefaultValueFactory = _ => 3 };
        var file = new Option<FileInfo?>("--out") { Description = "A JSON file for the figures." };
        var command = new Command("scaling", "Measures how the cost of scoring and of a fitting step grows.") { sizes, width, rank, ranks, rows, rounds, file };
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
