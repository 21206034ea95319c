using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>The most fused multiply-adds that all cores do together when nothing is loaded or stored: what kernels are compared
/// with.</summary>
internal static class FmaPeak
{
    private const long Repeats = 10_000_000;
    private const int Chains = 12;

    /// <summary>Measures for about a fifth of a second; a multiply-add counts as two operations.</summary>
    public static double MeasureGigaflops()
    {
        Action loop = Vector512.IsHardwareAccelerated ? () => Loop<Vector512<float>, Simd512>(Repeats)
            : Vector256.IsHardwareAccelerated ? () => Loop<Vector256<float>, Simd256>(Repeats)
            : Vector128.IsHardwareAccelerated ? () => Loop<Vector128<float>, Simd128>(Repeats)
            : () => Loop<float, SimdScalar>(Repeats);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => loop())).ToList();
        long start = Stopwatch.GetTimestamp();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return 2.0 * Lanes * Chains * Repeats * threads.Count / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    private static int Lanes => CpuEngine.Shared.Width switch
    {
        SimdWidth.Bits512 => 16,
        SimdWidth.Bits256 => 8,
        SimdWidth.Bits128 or SimdWidth.Bits128Unfused => 4,
        _ => 1,
    };

    // Independent chains hide the latency. The result is kept, or the loop would be optimised away.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static TVector Loop<TVector, TSimd>(long repeats)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        TVector x = TSimd.Broadcast(0.999999f), y = TSimd.Broadcast(1e-7f);
        TVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (long n = 0; n < repeats; n++)
        {
            a = TSimd.MultiplyAdd(a, x, y);
            b = TSimd.MultiplyAdd(b, x, y);
            c = TSimd.MultiplyAdd(c, x, y);
            d = TSimd.MultiplyAdd(d, x, y);
            e = TSimd.MultiplyAdd(e, x, y);
            f = TSimd.MultiplyAdd(f, x, y);
            g = TSimd.MultiplyAdd(g, x, y);
            h = TSimd.MultiplyAdd(h, x, y);
            i = TSimd.MultiplyAdd(i, x, y);
            j = TSimd.MultiplyAdd(j, x, y);
            k = TSimd.MultiplyAdd(k, x, y);
            l = TSimd.MultiplyAdd(l, x, y);
        }
        return Sum(Sum(Sum(a, b, c), Sum(d, e, f), Sum(g, h, i)), j, Sum(k, l, l));

        static TVector Sum(TVector p, TVector q, TVector r) => TSimd.Add(TSimd.Add(p, q), r);
    }
}
