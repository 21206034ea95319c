using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>
/// 2 lanes of single-precision numbers, carried in double: what gives the bits of fused multiply-add where the machine has none.
/// </summary>
/// <remarks>
/// A product of two single-precision numbers is exact in double, so its sum with a third rounds once to double and once to single. Two
/// roundings differ from one only where the first ends halfway between two single-precision numbers, or where these have fewer digits:
/// below the normal ones. There <see cref="MultiplyAdd"/> is NaN, and so is all that is added to it: whoever multiplies looks for NaN at
/// the end, and asks <see cref="MathF.FusedMultiplyAdd"/>, which takes ten times as long. All else here rounds once.
/// </remarks>
internal readonly unsafe struct Emulated128 : ISimd<Vector128<double>>
{
    /// <summary>What single precision leaves of a double's digits, and half of what it takes them in.</summary>
    internal const long Dropped = (1L << 29) - 1, Halfway = 1L << 28;

    /// <summary>The smallest normal number of single precision, 2^-126.</summary>
    internal const double SmallestNormal = 1.17549435082228750797e-38;

    public static int Lanes => Vector128<double>.Count;

    public static bool IsEmulated => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(float* source)
    {
        var pair = Vector128.CreateScalarUnsafe(*(double*)source).AsSingle();
        return Sse2.IsSupported ? Sse2.ConvertToVector128Double(pair) : Vector128.WidenLower(pair);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> value, float* destination) => *(double*)destination = Narrow(value).AsDouble().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Broadcast(float value) => Vector128.Create((double)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> left, Vector128<double> right) => Rounded(left + right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Multiply(Vector128<double> left, Vector128<double> right) => Rounded(left * right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> MultiplyAdd(Vector128<double> left, Vector128<double> right, Vector128<double> sum)
    {
        var exact = left * right + sum;
        var isHalfway = Vector128.Equals(exact.AsInt64() & Vector128.Create(Dropped), Vector128.Create(Halfway));
        // Less one, zero has the bits of a NaN, which is not below.
        var size = (Vector128.Abs(exact).AsInt64() - Vector128<long>.One).AsDouble();
        var isSmall = Vector128.LessThan(size, Vector128.Create(SmallestNormal));
        return Rounded(exact) | isHalfway.AsDouble() | isSmall;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Max(Vector128<double> left, Vector128<double> right) => Vector128.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Round(Vector128<double> value) => Vector128.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> PowerOfTwo(Vector128<double> exponent)
    {
        // As doubles have integers of 52 digits: the sum with 2^52 holds exponent + 1023 in its lowest.
        var bits = exponent + Vector128.Create((double)((1L << 52) + 1023));
        return (bits.AsInt64() << 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector128<double> left, Vector128<double> right) =>
        Vector128.GreaterThan(left, right).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Rounded(Vector128<double> exact) => Sse2.IsSupported
        ? Sse2.ConvertToVector128Double(Sse2.ConvertToVector128Single(exact))
        : Vector128.WidenLower(Narrow(exact));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Narrow(Vector128<double> value) =>
        Sse2.IsSupported ? Sse2.ConvertToVector128Single(value) : Vector128.Narrow(value, value);
}
