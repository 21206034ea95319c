using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>A sum in double, in an order that no machine's registers change.</summary>
internal static class OrderedSum
{
    /// <summary>The sum: of every 16th value, and of these 16 sums.</summary>
    public static double Of(ReadOnlySpan<float> values)
    {
        int whole = values.Length - values.Length % Vector512<float>.Count;
        ref float start = ref MemoryMarshal.GetReference(values);
        Vector512<double> first = default, second = default;
        for (int i = 0; i < whole; i += Vector512<float>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref start, (nuint)i));
            first += lower;
            second += upper;
        }
        var lanes = first + second;
        double sum = 0;
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
            sum += lanes[lane];
        foreach (float value in values[whole..])
            sum += value;
        return sum;
    }
}
