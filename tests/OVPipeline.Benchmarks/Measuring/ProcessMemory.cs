using System.Globalization;

namespace OVPipeline.Benchmarks;

/// <summary>Peak resident memory since a moment, by Linux's <c>/proc/self</c> (proc(5): clear_refs, VmHWM, VmRSS).</summary>
internal sealed class ProcessMemory
{
    private readonly double? _before;

    private ProcessMemory(double? before) => _before = before;

    /// <summary>Collects garbage and starts anew with the peak.</summary>
    public static ProcessMemory Start()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return new(Field("VmRSS"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(null);
        }
    }

    /// <summary>The peak above what was resident at the start, in 10^6 bytes; null where the system does not tell.</summary>
    public double? PeakMegabytes() => _before is { } before ? Math.Max(0, Field("VmHWM") - before) : null;

    private static double Field(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(name.Length + 1, line.Length - name.Length - 3), CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
