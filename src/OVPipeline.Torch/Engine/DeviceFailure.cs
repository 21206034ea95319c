using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>Failures of libtorch that a user can mend, in words.</summary>
internal static class DeviceFailure
{
    /// <summary>Whether a message of libtorch says that a device, or the machine, has no more memory.</summary>
    public static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
        message.Contains("can't allocate memory", StringComparison.Ordinal) ||
        message.Contains("not enough memory", StringComparison.Ordinal);

    /// <summary>Says how much is needed.</summary>
    public static InvalidOperationException OutOfMemory(string device, long budget, Exception inner)
    {
        double mebibytes = Math.Ceiling(budget / (1024.0 * 1024));
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"{device} has too little free memory: up to {mebibytes:N0} MiB are needed at this memory budget; " +
            $"free some, or set a smaller budget (1 MiB at least).");
        return new(message, inner);
    }
}
