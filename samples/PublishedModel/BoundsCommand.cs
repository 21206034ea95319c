using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples.ReproduceClaim;
using Spectre.Console;

namespace OVPipeline.Samples.PublishedModel;

/// <summary>The option that asks what no circuit of a rank can do, in place of the main job.</summary>
internal static class BoundsCommand
{
    private static readonly Option<bool> s_bounds = CommandOption.Of<bool>(
        "--bounds", "In place of all that: certified lower bounds on the log-loss of every circuit of d_head and of twice its rank, at the "
        + "norms of the best head and of the best pair, beside what a fit reaches there.");

    private static readonly Option<bool> s_fitted = CommandOption.Of<bool>(
        "--fitted-scale", "With --bounds: at the scale at which each of them predicts best too. Norms are large there, and it takes long.");

    /// <summary>Adds it to the command of the main job.</summary>
    public static RootCommand WithBounds(this RootCommand command, Action prepare)
    {
        var claim = (System.CommandLine.Invocation.AsynchronousCommandLineAction)command.Action!;
        var heads = (Option<string?>)command.Options.Single(option => option.Name == "--heads");
        command.Options.Add(s_bounds);
        command.Options.Add(s_fitted);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!parsed.GetValue(s_bounds))
                return await claim.InvokeAsync(parsed, cancellationToken);
            prepare();
            var load = ModelOptions.Loader(parsed);
            HeadIndex[] sum = [.. (parsed.GetValue(heads) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(HeadIndex.Parse)];
            BoundsRun run = null!;
            bool fitted = parsed.GetValue(s_fitted);
            void Measure(ProgressContext progress) =>
                run = new BoundsRun(load(progress, cancellationToken), sum, cancellationToken).Measure(fitted, progress);
            await AnsiConsole.Progress()
                .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
                .StartAsync(progress => Task.Run(() => Measure(progress), cancellationToken));
            run.Write();
            return 0;
        });
        return command;
    }
}
