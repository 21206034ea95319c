using System.Diagnostics;

namespace OVPipeline.Samples.Tests;

/// <summary>A sample run as a user runs it: its own process, arguments, exit code, output.</summary>
internal sealed record SampleProcess(int ExitCode, string Output, string Error)
{
    // What a line on standard error begins with that is no error: how far a run has come, where it goes on from.
    private const string Note = "# ";

    /// <summary>The lines of standard error that are no errors; <see cref="Error"/> has the others.</summary>
    public string Notes { get; private init; } = "";

    public static SampleProcess Run(string sample, params string[] arguments) => Run(sample, arguments, Environment.CurrentDirectory);

    /// <summary>The same as somebody who may not do everything: tests often run as root, whom no permission stops.</summary>
    public static SampleProcess RunUnprivileged(string sample, params string[] arguments) =>
        Run(sample, arguments, Path.GetTempPath(), true);

    /// <summary>The same where the environment has one variable more.</summary>
    public static SampleProcess RunWith((string Name, string Value) variable, string sample, params string[] arguments) => Start(
        "dotnet", Environment.CurrentDirectory, [Path.Combine(AppContext.BaseDirectory, sample + ".dll"), .. arguments], variable);

    public static SampleProcess Run(string sample, string[] arguments, string workingFolder, bool unprivileged = false)
    {
        string[] before = unprivileged && Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dotnet"]
            : ["dotnet"];
        return Start(before[0], workingFolder, [.. before[1..], Path.Combine(AppContext.BaseDirectory, sample + ".dll"), .. arguments]);
    }

    /// <summary>Runs a program to its end.</summary>
    public static SampleProcess Start(string program, string workingFolder, params string[] arguments) =>
        Start(program, workingFolder, arguments, null);

    private static SampleProcess Start(string program, string workingFolder, string[] arguments, (string Name, string Value)? variable)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        if (variable is var (name, value))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var lines = error.Result.Split('\n').ToLookup(line => line.StartsWith(Note, StringComparison.Ordinal));
        return new(process.ExitCode, output, string.Join('\n', lines[false])) { Notes = string.Join('\n', lines[true]) };
    }
}
