using System.Diagnostics;
using System.Globalization;

namespace OVPipeline.Benchmarks;

/// <summary>What a whole process took.</summary>
/// <param name="Seconds">From start to end.</param>
/// <param name="ProcessorSeconds">Of the process and of those that it waited for.</param>
/// <param name="PeakMegabytes">Its largest resident memory, in 10^6 bytes (VmHWM in proc(5)).</param>
/// <param name="Output">What it wrote to its standard output.</param>
internal sealed record ProgramRun(double Seconds, double ProcessorSeconds, double PeakMegabytes, string Output)
{
    // What is read between two looks is lost at the end: so much of a job's time, twice that of two cores.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    // USER_HZ, which Linux fixes for all that it tells programs.
    private const double TicksPerSecond = 100;

    /// <summary>Runs a program of .NET to its end.</summary>
    /// <param name="assembly">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">Variables that it is given.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It did not end well.</exception>
    public static ProgramRun Of(string assembly, IReadOnlyList<string> arguments, string folder,
        IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        long began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        (double processor, double peak) = (0, 0);
        do
        {
            processor = ProcessorSecondsOf(process.Id) ?? processor;
            peak = PeakOf(process.Id) ?? peak;
        }
        while (!process.WaitForExit(Between));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
            throw new IOException($"{Path.GetFileName(assembly)} ended with {process.ExitCode}: {errors.Result.Trim()}");
        return new(seconds, processor, peak, output.Result);
    }

    // proc(5): after the name in brackets, fields 14 to 17 are utime, stime, cutime and cstime.
    private static double? ProcessorSecondsOf(int process)
    {
        if (Read($"/proc/{process}/stat") is not { } line)
            return null;
        string[] fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..15].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double? PeakOf(int process)
    {
        const string Field = "VmHWM:";
        string? line = Read($"/proc/{process}/status")?.Split('\n').FirstOrDefault(one => one.StartsWith(Field, StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[Field.Length..^3], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    // A process that has just ended has no such file, or an empty one.
    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path) is { Length: > 0 } text ? text : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
