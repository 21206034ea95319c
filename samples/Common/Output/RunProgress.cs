using System.Globalization;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>
/// How far a run has come, on standard error: standard output has results alone. On a terminal bars with percentages and the time left;
/// in a file a line every half minute, marked so that it can be told from an error.
/// </summary>
internal static class RunProgress
{
    /// <summary>What a line begins with that is no error, where standard error is no terminal.</summary>
    public const string Mark = "# ";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);
    private static readonly IAnsiConsole s_console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Whether somebody sees the bars.</summary>
    public static bool IsTerminal => !Console.IsErrorRedirected;

    /// <summary>Does work, and shows how far it is.</summary>
    public static Task<T> Show<T>(Func<ProgressContext, T> work, CancellationToken cancellationToken)
    {
        ProgressColumn[] columns =
        [
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn(),
            new PercentageColumn(),
            new RemainingTimeColumn(),
        ];
        var progress = IsTerminal ? s_console.Progress().Columns(columns).AutoClear(true) : new Lines().Progress;
        return progress.StartAsync(bars => Task.Run(() => work(bars), cancellationToken));
    }

    /// <inheritdoc cref="Show{T}"/>
    public static Task Show(Action<ProgressContext> work, CancellationToken cancellationToken) => Show(bars =>
    {
        work(bars);
        return true;
    }, cancellationToken);

    /// <summary>Says something that is no result: where a run goes on from, say.</summary>
    public static void Say(string sentence)
    {
        if (IsTerminal)
            s_console.WriteLine(sentence);
        else
            Console.Error.WriteLine(Mark + sentence);
    }

    // Spectre's bars drawn into nothing, looked at as often as they are.
    private sealed class Lines
    {
        private DateTime _next = DateTime.UtcNow + s_pause;

        public Lines()
        {
            var nothing = AnsiConsole.Create(new()
            {
                Out = new AnsiConsoleOutput(TextWriter.Null),
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
            });
            Progress = nothing.Progress().UseRenderHook((drawn, tasks) =>
            {
                Look(tasks);
                return drawn;
            });
            Progress.RefreshRate = TimeSpan.FromSeconds(1);
        }

        public Progress Progress { get; }

        private void Look(IReadOnlyList<ProgressTask> tasks)
        {
            if (DateTime.UtcNow < _next || tasks.LastOrDefault(task => !task.IsFinished) is not { } now)
                return;
            _next = DateTime.UtcNow + s_pause;
            string left = now.RemainingTime is { } time ? string.Create(CultureInfo.InvariantCulture, $", {time:h\\:mm\\:ss} left") : "";
            Say(string.Create(CultureInfo.InvariantCulture, $"{now.Percentage:0} % {Markup.Remove(now.Description)}{left}"));
        }
    }
}
