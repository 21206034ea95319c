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

    private static Vector512<float> Exp(Vector512<float> x) =>
        VectorExp<Vector512<float>, Simd512>.Of(Vector512.MaxNative(x, Vector512.Create(Lowest)));
}
