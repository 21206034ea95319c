using System.CommandLine;
using OVPipeline.Core;
using Spectre.Console;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>The command line of the main job.</summary>
internal static class ClaimCommand
{
    /// <summary>The command, its options and what it does.</summary>
    /// <param name="prepare">What is done before the model is loaded, or null.</param>
    public static RootCommand Create(Action? prepare = null)
    {
        var rank = CommandOption.Of<int?>("--rank", "A further rank to train a copier at, beside d_head and the capacity-matched rank.");
        var top = CommandOption.Of<int?>("--top", "Top tokens that the saved copier returns. Default: 5, or all of a smaller vocabulary.");
        var heads = CommandOption.Of<string?>(
            "--heads", "The heads to sum, such as 1.4,1.10. Default: the two of a layer that copy best together, of all layers.");
        var seed = CommandOption.Of("--seed", "Seed of the fits and of the splits.", 1);
        var fraction = CommandOption.Of("--test-fraction", "Share of tokens held out of training to test trained copiers on.", 0.2);
        var folder = CommandOption.Of("--out", "Where results.json, pictures and copier.zip go.", new DirectoryInfo("out"));
        var command = new RootCommand(
            "Tests the copying claim on a model: how well its heads copy, alone and together, and how well a trained low-rank pair does.")
            { rank, top, heads, seed, fraction, folder };
        ModelOptions.AddTo(command);
        DeviceOption.AddTo(command);
        EmbeddingOption.AddTo(command);
        command.Subcommands.Add(ScoreDigest.Command());
        command.Subcommands.Add(ClaimPictureCommand.Create());

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var engine = DeviceOption.Engine(parsed);
            using var device = engine as IDisposable;
            prepare?.Invoke();
            var options = new ClaimOptions
            {
                Load = EmbeddingOption.Loader(parsed),
                Rank = parsed.GetValue(rank),
                Top = parsed.GetValue(top),
                Heads = parsed.GetValue(heads)?.Split(',').Select(HeadIndex.Parse).ToArray(),
                Seed = parsed.GetValue(seed),
                TestFraction = parsed.GetValue(fraction),
                Engine = engine,
                Out = parsed.GetRequiredValue(folder).FullName,
            };
            var run = new ClaimRun(options, cancellationToken);
            await AnsiConsole.Progress()
                .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
                .StartAsync(progress => Task.Run(() => run.Measure(progress), cancellationToken));
            var results = run.Save();
            ClaimConsole.Write(results, run);
            AnsiConsole.WriteLine($"Results and pictures in {options.Out}.");
            return results.Zip.ReloadedEqual ? 0 : 1;
        });
        return command;
    }
}
