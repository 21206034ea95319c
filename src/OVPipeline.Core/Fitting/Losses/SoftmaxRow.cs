using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>The exponentials of one row of logits.</summary>
internal static class SoftmaxRow
{
    // exp(-60) is nothing beside the largest, and keeps sums of products with small factors out of the slow subnormal range.
    private const float Lowest = -60;

    /// <summary>
    /// Replaces logits by <c>exp(logit + log-weight - shift)</c>, the shift being the largest of their sums.
    /// </summary>
    /// <returns>The shift and the sum of the exponentials.</returns>
    public static (double Shift, double Sum) Exponentiate(Span<float> logits, float[]? logWeights)
    {
        if (FusedArithmetic.IsSupported)
            return OnVectors(logits, logWeights);
        return Vector128.IsHardwareAccelerated
            ? OnLanes<Vector128<float>, Simd128>(logits, logWeights)
            : OnLanes<float, SimdScalar>(logits, logWeights);
    }

    internal static (double Shift, double Sum) OnVectors(Span<float> logits, float[]? logWeights)
    {
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        int tail = vectors.Length * Vector512<float>.Count;
        var maxima = Vector512.Create(float.NegativeInfinity);
        if (logWeights is null)
        {
            foreach (var vector in vectors)
                maxima = Vector512.Max(maxima, vector);
        }
        else
        {
            var weights = MemoryMarshal.Cast<float, Vector512<float>>(logWeights.AsSpan());
            for (int i = 0; i < vectors.Length; i++)
                maxima = Vector512.Max(maxima, vectors[i] += weights[i]);
            for (int j = tail; j < logits.Length; j++)
                logits[j] += logWeights[j];
        }
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
            max = Math.Max(max, maxima[lane]);
        foreach (float logit in logits[tail..])
            max = Math.Max(max, logit);

        var shift = Vector512.Create(max);
        var sums = Vector512<float>.Zero;
        for (int i = 0; i < vectors.Length; i++)
            sums += vectors[i] = Exp<Vector512<float>, Simd512>(vectors[i] - shift);
        double sum = Vector512.Sum(sums);
        for (int j = tail; j < logits.Length; j++)
            sum += logits[j] = Exp<float, SimdScalar>(logits[j] - max);
        return (max, sum);
    }

    /// <summary>
    /// The same sums in the same order, a few lanes at a time: 16 at once are a call each where there is no such multiply-add.
    /// </summary>
    internal static unsafe (double Shift, double Sum) OnLanes<TVector, TSimd>(Span<float> logits, float[]? logWeights)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int tail = logits.Length - (logits.Length % Vector512<float>.Count);
        float* lanes = stackalloc float[Vector512<float>.Count];
        float max = float.NegativeInfinity;
        fixed (float* values = logits, weights = logWeights)
        {
            new Span<float>(lanes, Vector512<float>.Count).Fill(max);
            for (int i = 0; i < tail; i += TSimd.Lanes)
            {
                if (weights is not null)
                    TSimd.Store(TSimd.Add(TSimd.Load(values + i), TSimd.Load(weights + i)), values + i);
                float* most = lanes + (i % Vector512<float>.Count);
                TSimd.Store(TSimd.Max(TSimd.Load(most), TSimd.Load(values + i)), most);
            }
            for (int j = tail; j < logits.Length; j++)
                max = Math.Max(max, weights is null ? values[j] : values[j] += weights[j]);
            for (int lane = 0; lane < Vector512<float>.Count; lane++)
                max = Math.Max(max, lanes[lane]);

            TVector shift = TSimd.Broadcast(-max);
            new Span<float>(lanes, Vector512<float>.Count).Clear();
            for (int i = 0; i < tail; i += TSimd.Lanes)
            {
                float* sums = lanes + (i % Vector512<float>.Count);
                var exp = Exp<TVector, TSimd>(TSimd.Add(TSimd.Load(values + i), shift));
                TSimd.Store(exp, values + i);
                TSimd.Store(TSimd.Add(TSimd.Load(sums), exp), sums);
            }
        }
        double sum = Vector512.Sum(Vector512.Load(lanes));
        for (int j = tail; j < logits.Length; j++)
            sum += logits[j] = Exp<float, SimdScalar>(logits[j] - max);
        return (max, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exp<TVector, TSimd>(TVector x) where TVector : unmanaged where TSimd : struct, ISimd<TVector> =>
        VectorExp<TVector, TSimd>.Of(TSimd.Max(x, TSimd.Broadcast(Lowest)));
}
