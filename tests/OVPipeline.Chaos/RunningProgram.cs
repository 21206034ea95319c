using System.Diagnostics;
using OVPipeline.Tests.Common;

namespace OVPipeline.Chaos;

/// <summary>A sample in a process of its own.</summary>
internal sealed class RunningProgram : IDisposable
{
    // The runtime's own words where it ends a process: never what a user should read.
    private static readonly string[] s_crashes = ["Unhandled exception", "Fatal error", "   at ", "Aborted"];

    // No program takes minutes here, on whatever machine: one that does hangs, is killed, and is wrong for its exit code.
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Task<string> _output, _error;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Starts a program beside this one.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="before">What stands before <c>dotnet</c>, such as taskset.</param>
    public RunningProgram(
        string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string[]? before = null)
    {
        string[] words = [.. before ?? [], "dotnet", Path.Combine(AppContext.BaseDirectory, program + ".dll"), .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public bool HasEnded => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Seconds from its start to its end.</summary>
    public double Seconds { get; private set; }

    /// <summary>Seconds of a processor that it took, to a fiftieth; others may have kept the machine busy.</summary>
    public double ProcessorSeconds { get; private set; }

    /// <summary>What it wrote on standard output.</summary>
    public string Output => _output.GetAwaiter().GetResult();

    /// <summary>The lines of standard error that are no news.</summary>
    public string[] Errors => [.. _error.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("# ", StringComparison.Ordinal))];

    /// <summary>Where it was going on from, and the like.</summary>
    public string News => _error.GetAwaiter().GetResult();

    /// <summary>Waits until it has ended.</summary>
    public RunningProgram Wait()
    {
        while (!_process.WaitForExit(20))
        {
            NoteProcessorTime();
            if (_clock.Elapsed > s_longest)
                _process.Kill();
        }
        _process.WaitForExit();
        Seconds = _clock.Elapsed.TotalSeconds;
        return this;
    }

    /// <summary>Waits until something is so, or it has ended, or hangs.</summary>
    public void WaitFor(Func<bool> isSo)
    {
        while (!isSo() && !_process.HasExited && _clock.Elapsed < s_longest)
            Thread.Sleep(5);
    }

    /// <summary>Says a line to it.</summary>
    public void Say(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>SIGKILL; false where it had ended before.</summary>
    public bool Kill()
    {
        if (_process.HasExited)
            return false;
        _process.Kill();
        Wait();
        return _process.ExitCode == 137;
    }

    /// <summary>Sends another signal.</summary>
    public void Signal(string name) => Signals.Send(name, _process);

    /// <summary>Why it did not fail as a program should: exit code 2, and one sentence; null where it did.</summary>
    public string? NotOneSentence(params int[] codes)
    {
        string said = string.Join(" / ", Errors.Take(3));
        if (!codes.Contains(ExitCode))
            return $"exit code {ExitCode}, not {string.Join(" or ", codes)}: {said}";
        bool isCrash = Errors.Any(line => s_crashes.Any(crash => line.Contains(crash, StringComparison.Ordinal)));
        return isCrash || Errors.Length > (ExitCode == 0 ? 0 : 1) ? $"more than a sentence: {said}" : null;
    }

    private void NoteProcessorTime()
    {
        try
        {
            _process.Refresh();
            ProcessorSeconds = _process.TotalProcessorTime.TotalSeconds;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It ended in between.
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
