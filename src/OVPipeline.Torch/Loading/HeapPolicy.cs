using System.Runtime.InteropServices;

namespace OVPipeline.Torch;

/// <summary>What the C library does with memory that libtorch gives back.</summary>
internal static partial class HeapPolicy
{
    // mallopt's names for them (malloc.h).
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3;

    // The most that a block may have and not be mapped by itself, and the size of an arena's heap, which goes back when it is empty and
    // there are TopPad bytes without it.
    private const int LargestBlock = 32 << 20, ArenaHeap = 64 << 20;

    private const int MostKept = 512 << 20;

    private static readonly string[] s_settings = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"];

    /// <summary>
    /// Tensors of up to 32 MiB get memory that was used before, unless the environment sets how. By default each logits matrix of a step
    /// was mapped anew and its pages were zeroed one by one, which took half of the time of experiments on text.
    /// </summary>
    public static void Reuse()
    {
        if (s_settings.Any(name => Environment.GetEnvironmentVariable(name) is not null))
            return;
        _ = SetOption(MapThreshold, LargestBlock);
        _ = SetOption(TopPad, ArenaHeap);
        _ = SetOption(TrimThreshold, MostKept);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
