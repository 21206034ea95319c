using System.CommandLine;
using OVPipeline.Core;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>The command line of the main job.</summary>
internal static class ClaimCommand
{
    /// <summary>The heads that are summed.</summary>
    public static Option<HeadIndex[]> Heads { get; } = HeadOptions.Of(
        "--heads", "The heads to sum, such as 1.4,1.10. Default: the two of a layer that copy best together, of all layers.");

    /// <summary>The command, its options and what it does.</summary>
    /// <param name="description">What it does, in words.</param>
    /// <param name="output">Where results go by default.</param>
    /// <param name="examples">Command lines to begin with.</param>
    /// <param name="prepare">What is done before the model is loaded, or null.</param>
    public static SampleCommand Create(
        string description, string output, IReadOnlyList<CommandExample> examples, Action<ParseResult>? prepare = null)
    {
        var rank = CommandOption.Of<int?>("--rank", "A further rank to train a copier at, beside d_head and the capacity-matched rank.");
        var top = CommandOption.Of<int?>("--top", "Top tokens that the saved copier returns. Default: 5, or all of a smaller vocabulary.");
        var seed = CommandOption.Of("--seed", "Seed of the fits and of the splits.", 1);
        var fraction = CommandOption.Of("--test-fraction", "Share of tokens held out of training to test trained copiers on.", 0.2);
        var all = CommandOption.Of<bool>("--all", "Prints every circuit with every figure, not only what the claim compares.");
        var folder = CommandOption.Out("Where results.json, pictures and copier.zip go.", output);
        var command = new SampleCommand(description) { Examples = examples };
        command.AddGroup("What is compared", Heads, rank, top, fraction, seed);
        Findings.AddTo(command, folder, all);
        ModelOptions.AddTo(command);
        EmbeddingOption.AddTo(command);
        DeviceOption.AddTo(command);
        command.Subcommands.Add(ScoreDigest.Command());
        command.Subcommands.Add(ClaimPictureCommand.Create());

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var load = EmbeddingOption.Loader(parsed);
            var engine = DeviceOption.Engine(parsed);
            using var device = engine as IDisposable;
            prepare?.Invoke(parsed);
            var options = new ClaimOptions
            {
                Load = load,
                Rank = parsed.GetValue(rank),
                Top = parsed.GetValue(top),
                Heads = parsed.GetRequiredValue(Heads) is { Length: > 0 } heads ? heads : null,
                Seed = parsed.GetValue(seed),
                TestFraction = parsed.GetValue(fraction),
                Engine = engine,
                Out = parsed.GetRequiredValue(folder).FullName,
            };
            var run = new ClaimRun(options, cancellationToken);
            await RunProgress.Show(run.Measure, cancellationToken);
            var results = run.Save();
            if (Findings.AsJson(parsed))
                Console.Out.WriteLine(results.ToJson());
            else
                ClaimConsole.Write(results, run, parsed.GetValue(all));
            return results.Zip.ReloadedEqual ? 0 : 1;
        });
        return command;
    }
}
