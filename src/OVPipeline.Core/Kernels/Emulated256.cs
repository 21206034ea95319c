using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary><see cref="Emulated128"/> with 4 lanes: x86 with AVX, which knows vectors of double, and not of integers.</summary>
internal readonly unsafe struct Emulated256 : ISimd<Vector256<double>>
{
    public static int Lanes => Vector256<double>.Count;

    public static bool IsEmulated => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(float* source) => Avx.ConvertToVector256Double(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> value, float* destination) => Avx.ConvertToVector128Single(value).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Broadcast(float value) => Vector256.Create((double)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> left, Vector256<double> right) => Rounded(Avx.Add(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> left, Vector256<double> right) => Rounded(Avx.Multiply(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> MultiplyAdd(Vector256<double> left, Vector256<double> right, Vector256<double> sum)
    {
        var exact = Avx.Add(Avx.Multiply(left, right), sum);
        var one = Vector256.Create(1.0); // beside whose digits the dropped ones are those of a normal number
        var dropped = Avx.Or(Avx.And(exact, Vector256.Create(Emulated128.Dropped).AsDouble()), one);
        var isHalfway = Avx.CompareEqual(dropped, Vector256.Create(1 + 1.0 / (1 << 24)));
        var size = Avx.And(exact, Vector256.Create(long.MaxValue).AsDouble());
        var isSmall = Avx.And(
            Avx.CompareLessThan(size, Vector256.Create(Emulated128.SmallestNormal)), Avx.CompareNotEqual(exact, Vector256<double>.Zero));
        return Avx.Or(Rounded(exact), Avx.Or(isHalfway, isSmall));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Max(Vector256<double> left, Vector256<double> right) => Avx.Max(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Round(Vector256<double> value) => Avx.RoundToNearestInteger(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> PowerOfTwo(Vector256<double> exponent)
    {
        var bits = Avx.Add(exponent, Vector256.Create((double)((1L << 52) + 1023)));
        return Vector256.Create(bits.GetLower().AsInt64() << 52, bits.GetUpper().AsInt64() << 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector256<double> left, Vector256<double> right) =>
        (uint)Avx.MoveMask(Avx.CompareGreaterThan(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Rounded(Vector256<double> exact) =>
        Avx.ConvertToVector256Double(Avx.ConvertToVector128Single(exact));
}
