namespace OVPipeline.Core;

/// <summary>
/// Large arrays that nobody has any more. The runtime lets about as much again be taken before it looks for them: where the next ones
/// follow at once, a process would take half as much memory again.
/// </summary>
internal static class LargeArrays
{
    // Less does not show beside what a process takes anyway.
    private const long Enough = 64 << 20;

    /// <summary>Gives back arrays that are done with, if they are so many bytes that it shows.</summary>
    public static void GiveBack(long bytes)
    {
        if (bytes >= Enough)
            GC.Collect();
    }
}
