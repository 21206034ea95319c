using System.Diagnostics;
using System.Runtime.InteropServices;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Torch;

namespace OVPipeline.Studies;

/// <summary>How a unit was run. None of it is what figures depend on, but for the last digits and the kind of processor.</summary>
public sealed record RunEnvironment
{
    /// <summary>The version of the packages, and a digest of their code.</summary>
    public required string Version { get; init; }

    /// <summary>The vector instructions that scoring used.</summary>
    public required string InstructionSet { get; init; }

    /// <summary>The runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>The node as Slurm calls it, else the machine's name.</summary>
    public required string Host { get; init; }

    /// <summary>Processors that the process could use.</summary>
    public required int Processors { get; init; }

    /// <summary>When it began by that machine's clock, which is used for nothing.</summary>
    public required DateTime Began { get; init; }

    /// <summary>The study's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Seconds that it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds of all cores.</summary>
    public required double CoreSeconds { get; init; }

    /// <summary>The most memory that the process has had, in bytes.</summary>
    public required double PeakBytes { get; init; }

    /// <summary>
    /// The version that runs, with a digest of the assemblies: a build with other code may find other last digits under the same number.
    /// </summary>
    internal static string OwnVersion { get; } = FormattableString.Invariant(
        $"{typeof(RunEnvironment).Assembly.GetName().Version}+{KeptFile.Digest(string.Join(' ', Assemblies.Select(Build)))}");

    // Those that compute figures. A deterministic build gives them the same id for the same code.
    private static Type[] Assemblies =>
        [typeof(CpuEngine), typeof(CheckpointSeries), typeof(HeadAtlasCatalog), typeof(Transformer), typeof(Laboratory), typeof(Study)];

    private static Guid Build(Type type) => type.Module.ModuleVersionId;

    /// <summary>Starts a clock; the function that it gives stops it.</summary>
    internal static Func<RunEnvironment> Begin(int seed)
    {
        var began = DateTime.UtcNow;
        var watch = Stopwatch.StartNew();
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        return () =>
        {
            using var now = Process.GetCurrentProcess();
            return new()
            {
                Version = OwnVersion,
                InstructionSet = CpuEngine.InstructionSet,
                Runtime = RuntimeInformation.FrameworkDescription,
                Host = Environment.GetEnvironmentVariable("SLURMD_NODENAME") is { Length: > 0 } node ? node : Environment.MachineName,
                Processors = Environment.ProcessorCount,
                Began = began,
                Seed = seed,
                Seconds = watch.Elapsed.TotalSeconds,
                CoreSeconds = (now.TotalProcessorTime - before).TotalSeconds,
                PeakBytes = now.PeakWorkingSet64,
            };
        };
    }
}
