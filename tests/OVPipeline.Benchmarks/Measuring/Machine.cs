using System.Runtime.InteropServices;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>Where figures were taken.</summary>
internal sealed record Machine(string Processor, int Cores, string Simd, string OperatingSystem, string Runtime, string Libtorch)
{
    /// <summary>This machine.</summary>
    /// <param name="libtorch">What there is of libtorch, or why there is none.</param>
    public static Machine Here(string libtorch) => new(ProcessorName(), Environment.ProcessorCount, CpuEngine.InstructionSet,
        RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, libtorch);

    public override string ToString() => $"{Processor}, {Cores} cores, {Simd}; {OperatingSystem}; {Runtime}; {Libtorch}";

    private static string ProcessorName()
    {
        const string Path = "/proc/cpuinfo";
        string? line = File.Exists(Path)
            ? File.ReadLines(Path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 2)..] ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
