using System.Diagnostics;
using System.Globalization;

namespace OVPipeline.Tests.Common;

/// <summary>Signals to other processes.</summary>
internal static class Signals
{
    // The kernel's numbers.
    private static readonly Dictionary<string, int> s_numbers = new() { ["INT"] = 2, ["TERM"] = 15 };

    /// <summary>
    /// Whether a process that is started now is told of a signal: what its parent ignores it ignores too, as a shell's background
    /// jobs do with INT, and a test would wait for an end that does not come.
    /// </summary>
    public static bool AreDelivered(string name) =>
        !OperatingSystem.IsWindows() && (Ignored(StatusLine()) & (1UL << (s_numbers[name] - 1))) == 0;

    /// <summary>Sends one.</summary>
    public static void Send(string name, Process process)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static string? StatusLine() => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
        : null;

    private static ulong Ignored(string? line) =>
        line is null ? 0 : ulong.Parse(line.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
