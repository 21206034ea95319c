using System.Diagnostics;

namespace OVPipeline.Studies.Tests;

/// <summary>RunStudy as a user runs it: its own process, arguments, variables, exit code, output.</summary>
internal sealed record RunStudyProcess(int ExitCode, string Output, string Error)
{
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "RunStudy.dll");

    public static RunStudyProcess Run(params string[] arguments) => Run([], arguments);

    public static RunStudyProcess Run(IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        using var process = Start(variables, arguments);
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // Lines that begin with a mark say how far it is.
        return new(process.ExitCode, output, string.Join('\n', error.Result.Split('\n').Where(line => !line.StartsWith("# ",
            StringComparison.Ordinal))).Trim());
    }

    public static Process Start(IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
