using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>4 lanes: Arm64, and x86 without AVX.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<float>>
{
    private const double SmallestNormal = 1.17549435082228750797e-38; // 2^-126

    public static int Lanes => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> left, Vector128<float> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> left, Vector128<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> sum) =>
        AdvSimd.IsSupported || Fma.IsSupported
            ? Vector128.FusedMultiplyAdd(left, right, sum)
            : FusedByDouble(left, right, sum);

    /// <summary>The same bits where the machine has no such instruction, as x86 without AVX.</summary>
    /// <remarks>
    /// A product of two single-precision numbers is exact in double, so its sum with a third rounds once to double and once to single.
    /// Two roundings differ from one only where the first ends halfway between two single-precision numbers and was none of its own:
    /// there it is taken to the side where the exact sum lies. Of results below the normal numbers any may be halfway.
    /// </remarks>
    internal static Vector128<float> FusedByDouble(Vector128<float> left, Vector128<float> right, Vector128<float> sum)
    {
        var low = Sum(Vector128.WidenLower(left), Vector128.WidenLower(right), Vector128.WidenLower(sum));
        var high = Sum(Vector128.WidenUpper(left), Vector128.WidenUpper(right), Vector128.WidenUpper(sum));
        return Vector128.Narrow(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Sum(Vector128<double> left, Vector128<double> right, Vector128<double> term)
    {
        const long Dropped = (1L << 29) - 1, Halfway = 1L << 28; // what single precision leaves of a double's digits
        var product = left * right;
        var sum = product + term;
        var mayDiffer = Vector128.Equals(sum.AsInt64() & Vector128.Create(Dropped), Vector128.Create(Halfway)).AsDouble()
            | Vector128.LessThan(Vector128.Abs(sum), Vector128.Create(SmallestNormal));
        return mayDiffer == Vector128<double>.Zero ? sum : ToOdd(product, term, sum);
    }

    // Rounded to odd (Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008): where a sum in double is not exact, the one
    // of the two doubles around it whose last digit is odd. Rounding that to single is rounding the exact sum.
    private static Vector128<double> ToOdd(Vector128<double> product, Vector128<double> term, Vector128<double> sum)
    {
        var share = sum - product;
        var error = (product - (sum - share)) + (term - share); // exact (Knuth)
        var isEven = Vector128.Equals(sum.AsInt64() & Vector128<long>.One, Vector128<long>.Zero);
        var moves = isEven & Vector128.GreaterThan(Vector128.Abs(error), Vector128<double>.Zero).AsInt64(); // not for NaN
        var inwards = Vector128.LessThan((sum.AsInt64() ^ error.AsInt64()), Vector128<long>.Zero); // -1 where the signs differ
        var step = (inwards | Vector128<long>.One) & moves;
        return (sum.AsInt64() + step).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> left, Vector128<float> right) => Vector128.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Round(Vector128<float> value) => Vector128.Round(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> PowerOfTwo(Vector128<float> exponent) =>
        ((Vector128.ConvertToInt32Native(exponent) + Vector128.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector128<float> left, Vector128<float> right) =>
        (uint)Vector128.GreaterThan(left, right).ExtractMostSignificantBits();
}
