using System.CommandLine;
using System.CommandLine.Invocation;
using OVPipeline.Samples.ReproduceClaim;

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
    public static SampleCommand WithBounds(this SampleCommand command, Action<ParseResult> prepare)
    {
        var claim = (AsynchronousCommandLineAction)command.Action!;
        command.AddGroup("Bounds", s_bounds, s_fitted);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!parsed.GetValue(s_bounds))
                return await claim.InvokeAsync(parsed, cancellationToken);
            prepare(parsed);
            var load = ModelOptions.Loader(parsed);
            var heads = parsed.GetRequiredValue(ClaimCommand.Heads);
            bool fitted = parsed.GetValue(s_fitted);
            var run = await RunProgress.Show(progress =>
            {
                var model = load(progress, cancellationToken);
                return new BoundsRun(model, heads, cancellationToken).Measure(fitted, progress);
            }, cancellationToken);
            return run.Found().Print(parsed);
        });
        return command;
    }
}
