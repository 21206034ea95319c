using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>How every sample runs: failures are said in one sentence.</summary>
internal static class Sample
{
    // Before all else it says how a command line is read, and runs nothing: System.CommandLine's own word for it.
    private const string Diagram = "[diagram]";

    /// <summary>Runs a command line. A failure that a user can mend is one sentence on stderr and exit code 2.</summary>
    /// <param name="command">The command.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="patience">How long a run may go on after Ctrl+C, to save what it has; two seconds where null.</param>
    public static async Task<int> Run(SampleCommand command, string[] args, TimeSpan? patience = null)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 120; // a file has no width of its own
        bool isRun = args is not [Diagram, ..];
        args = isRun ? args : args[1..];
        var parsed = command.Parse(args, new() { ResponseFileTokenReplacer = null }); // @ may begin a token or a name
        using var signals = new StopSignals(patience ?? TimeSpan.FromSeconds(2));
        try
        {
            if (parsed.Action is not (HelpPage or null) && CommandMistake.Of(parsed, args) is { } mistake)
                throw new ArgumentException(mistake);
            if (!isRun)
            {
                Console.WriteLine(parsed);
                return 0;
            }
            int code = await parsed.InvokeAsync(
                new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Token);
            return signals.Token.IsCancellationRequested ? StopSignals.ExitCode : code;
        }
        catch (Exception e) when (Innermost(e) is OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled.");
            return StopSignals.ExitCode;
        }
        catch (Exception e) when (CanBeMended(Innermost(e)))
        {
            Console.Error.WriteLine(Sentence(Innermost(e)));
            return signals.Token.IsCancellationRequested ? StopSignals.ExitCode : 2;
        }
    }

    // The first cause that a user can do something about.
    private static Exception Innermost(Exception e) =>
        NamesItsFile(e)
        || e.InnerException is null
        || (CanBeMended(e) && !CanBeMended(Innermost(e.InnerException)))
            ? e
            : Innermost(e.InnerException);

    // What the system says below these is "Permission denied", without a word of what was denied.
    private static bool NamesItsFile(Exception e) =>
        e is CheckpointException or CircuitModelException or FileException or UnauthorizedAccessException;

    private static bool CanBeMended(Exception e) =>
        e is ArgumentException or IOException or UnauthorizedAccessException or FormatException or InvalidOperationException
            or NotFiniteNumberException or OutOfMemoryException or TimeoutException;

    // .NET appends the parameter's name and value to the message; a reader of a console has no use for them.
    private static string Sentence(Exception e)
    {
        // The runtime's own words are that an exception was thrown.
        if (e is OutOfMemoryException and not InsufficientMemoryException)
            return "There is not enough memory for this, or the process may not take as much.";
        // Names in files are others' words: what a terminal takes for a command is not passed on.
        string message = string.Concat(e.Message.ReplaceLineEndings(" ").Select(c => char.IsControl(c) ? '\uFFFD' : c));
        int parameter = e is ArgumentException ? message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return parameter < 0 ? message : message[..parameter];
    }
}
