using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace OVPipeline.Mutation;

/// <summary>How a test program ended.</summary>
/// <param name="ExitCode">0 where all tests passed.</param>
/// <param name="FailedTests">The methods that failed.</param>
/// <param name="TookTooLong">Whether it was ended.</param>
internal sealed record ProcessResult(int ExitCode, IReadOnlyList<string> FailedTests, bool TookTooLong)
{
    public bool Noticed => ExitCode != 0 || TookTooLong;

    /// <summary>What noticed a mutant, in a few words.</summary>
    public string Killer
    {
        get
        {
            if (TookTooLong)
                return "time";
            return FailedTests.Count > 0 ? FailedTests[0] : $"exit code {ExitCode}";
        }
    }
}

/// <summary>Runs a test program, with a limit to its processor time.</summary>
internal static partial class TestProcess
{
    // Another limit, for a mutant that waits for ever. Some tests wait for programs that they start, on machines that may be busy.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static ProcessResult Run(
        string program,
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)> environment,
        TimeSpan? limit,
        CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        // A crash is one way to notice a mutant: it needs no dump.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        // Most of these processes end within a second: counting for a second optimisation does not pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        bool ended = Wait(process, limit, cancellation);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
        }
        _ = errors.Result;
        string[] failed = [.. FailurePattern().Matches(output.Result).Select(match => match.Groups[1].Value)];
        return new ProcessResult(process.ExitCode, failed, !ended);
    }

    private static bool Wait(Process process, TimeSpan? limit, CancellationToken cancellation)
    {
        (TimeSpan used, TimeSpan idle) = (TimeSpan.Zero, TimeSpan.Zero);
        while (!process.WaitForExit(Look))
        {
            TimeSpan now = ProcessorTime(process);
            idle = now == used ? idle + Look : TimeSpan.Zero;
            used = now;
            bool isOver = limit is not null && (used > limit || idle > LongestIdle);
            if (isOver || cancellation.IsCancellationRequested)
                return false;
        }
        process.WaitForExit();
        return true;
    }

    private static TimeSpan ProcessorTime(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception) // it has ended meanwhile
        {
            return TimeSpan.Zero;
        }
    }

    [GeneratedRegex(@"^\s*(\S+?)(?:\(.*)? \[FAIL\]", RegexOptions.Multiline)]
    private static partial Regex FailurePattern();
}
