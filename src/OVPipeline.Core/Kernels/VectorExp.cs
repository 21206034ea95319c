using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>The exponential function of numbers that are at most a rounding error above 0.</summary>
internal static class VectorExp<TVector, TSimd>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    // Just above the logarithm of the smallest normal number: subnormal numbers would slow the sums down severalfold.
    private const float Lowest = -87;

    // ln 2 in two parts, the first with so few digits that its products with exponents are exact.
    private const float Log2High = 0.693359375f, Log2Low = -2.12194440e-4f;

    /// <summary>Raises whatever is below -87, and NaN, to -87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Clamp(TVector x) => TSimd.Max(x, TSimd.Broadcast(Lowest));

    /// <summary><c>exp(x)</c> to about 1e-7 of it, for x from -87 on: <c>2^n exp(f)</c>, n the nearest integer to x / ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of(TVector x)
    {
        var n = TSimd.Round(TSimd.Multiply(x, TSimd.Broadcast(MathF.Log2(MathF.E))));
        var f = TSimd.MultiplyAdd(n, TSimd.Broadcast(-Log2High), x);
        f = TSimd.MultiplyAdd(n, TSimd.Broadcast(-Log2Low), f);
        // Taylor's polynomial: |f| is at most ln(2) / 2, where the first term left out is 5e-9.
        var sum = TSimd.Broadcast(1f / 5040);
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f / 720));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f / 120));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f / 24));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f / 6));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f / 2));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f));
        sum = TSimd.MultiplyAdd(sum, f, TSimd.Broadcast(1f));
        return TSimd.Multiply(sum, TSimd.PowerOfTwo(n));
    }
}
