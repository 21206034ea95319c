using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Memory that a program can still have.</summary>
internal static class AvailableMemory
{
    private const string Field = "MemAvailable:";

    /// <summary>Bytes: what the system says is left, within what the process is allowed.</summary>
    public static long Bytes
    {
        get
        {
            var memory = GC.GetGCMemoryInfo();
            long allowed = memory.TotalAvailableMemoryBytes;
            return Math.Min(allowed, Linux() ?? Math.Max(0, allowed - memory.MemoryLoadBytes));
        }
    }

    private static long? Linux()
    {
        try
        {
            string? line = RegularFile.ReadLines("/proc/meminfo").FirstOrDefault(text => text.StartsWith(Field, StringComparison.Ordinal));
            string? number = line?[Field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes << 10 : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
