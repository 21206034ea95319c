using System.Globalization;
using System.Runtime.InteropServices;

namespace OVPipeline.Benchmarks;

/// <summary>Peak resident memory since a moment, by Linux's <c>/proc/self</c> (proc(5): clear_refs, VmHWM, VmRSS).</summary>
internal sealed partial class ProcessMemory
{
    private readonly double? _before;

    private ProcessMemory(double? before) => _before = before;

    /// <summary>Gives back what is free, of both heaps, and starts anew with the peak.</summary>
    public static ProcessMemory Start()
    {
        Collect();
        GC.WaitForPendingFinalizers();
        Collect();
        try
        {
            _ = Trim(0);
            File.WriteAllText("/proc/self/clear_refs", "5");
            return new(Field("VmRSS"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            return new(null);
        }
    }

    /// <summary>The peak above what was resident at the start, in 10^6 bytes; null where the system does not tell.</summary>
    public double? PeakMegabytes() => _before is { } before ? Math.Max(0, Field("VmHWM") - before) : null;

    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);

    private static double Field(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(name.Length + 1, line.Length - name.Length - 3), CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
