using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
        if (Avx.IsSupported)
            return Emulated<Vector256<double>, Emulated256>(logits, logWeights);
        return Vector128.IsHardwareAccelerated
            ? Emulated<Vector128<double>, Emulated128>(logits, logWeights)
            : Emulated<double, EmulatedScalar>(logits, logWeights);
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
            sums += vectors[i] = Exp(vectors[i] - shift);
        double sum = Vector512.Sum(sums);
        for (int j = tail; j < logits.Length; j++)
            sum += logits[j] = Exp(Vector512.CreateScalar(logits[j] - max)).ToScalar();
        return (max, sum);
    }

    /// <summary>The same sums in the same order, a few lanes at a time.</summary>
    internal static unsafe (double Shift, double Sum) Emulated<TVector, TSimd>(Span<float> logits, float[]? logWeights)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        float max = float.NegativeInfinity;
        for (int j = 0; j < logits.Length; j++)
        {
            if (logWeights is not null)
                logits[j] += logWeights[j];
            max = Math.Max(max, logits[j]);
        }
        float* sums = stackalloc float[Vector512<float>.Count];
        new Span<float>(sums, Vector512<float>.Count).Clear();
        TVector shift = TSimd.Broadcast(-max), lowest = TSimd.Broadcast(Lowest);
        int tail = logits.Length - (logits.Length % Vector512<float>.Count);
        fixed (float* values = logits)
            for (int i = 0; i < tail; i += TSimd.Lanes)
            {
                float* lanes = sums + (i % Vector512<float>.Count);
                var x = TSimd.Max(TSimd.Add(TSimd.Load(values + i), shift), lowest);
                var exp = VectorExp<TVector, TSimd>.Of(x);
                if (IsOpen<TVector, TSimd>(exp))
                    exp = Again<TVector, TSimd>(x);
                TSimd.Store(exp, values + i);
                TSimd.Store(TSimd.Add(TSimd.Load(lanes), exp), lanes);
            }
        double sum = Vector512.Sum(Vector512.Load(sums));
        for (int j = tail; j < logits.Length; j++)
            sum += logits[j] = Exp(Vector512.CreateScalar(logits[j] - max)).ToScalar();
        return (max, sum);
    }

    // Where emulated arithmetic is NaN, a lane at least is not above -1.
    private static bool IsOpen<TVector, TSimd>(TVector exp)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector> =>
        TSimd.GreaterThan(exp, TSimd.Broadcast(-1)) != (1u << TSimd.Lanes) - 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe TVector Again<TVector, TSimd>(TVector x)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        float* lanes = stackalloc float[Vector512<float>.Count];
        Vector512<float>.Zero.Store(lanes);
        TSimd.Store(x, lanes);
        Exp(Vector512.Load(lanes)).Store(lanes);
        return TSimd.Load(lanes);
    }

    private static Vector512<float> Exp(Vector512<float> x) =>
        VectorExp<Vector512<float>, Simd512>.Of(Vector512.MaxNative(x, Vector512.Create(Lowest)));
}
