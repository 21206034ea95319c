using System.Diagnostics;

namespace OVPipeline.Packages.Tests;

/// <summary>What a program did that was run to its end.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program with the environment of this one, and some variables more.</summary>
    public static CommandRun Of(string folder, IReadOnlyDictionary<string, string> variables, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output.ReplaceLineEndings("\n"), error.Result);
    }

    /// <summary>The same, where it has to succeed.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message has what it wrote.</exception>
    public static string Require(string folder, string program, params string[] arguments)
    {
        var run = Of(folder, new Dictionary<string, string>(), program, arguments);
        return run.ExitCode == 0
            ? run.Output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}\n{run.Output}\n{run.Error}");
    }
}
