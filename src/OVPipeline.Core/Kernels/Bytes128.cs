using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>4 lanes of four bytes: Arm64, and x86 without AVX.</summary>
internal readonly unsafe struct Bytes128 : IByteSimd<Vector128<float>>
{
    public static int Lanes => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> sum) =>
        (sum.AsInt16() + (Ssse3.IsSupported
            ? Ssse3.MultiplyAddAdjacent(left.AsByte(), right.AsSByte())
            : MultiplyAddAdjacent(left.AsSByte(), right.AsSByte()))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Begin(Vector128<float> sums) =>
        (sums.AsInt16() * Vector128.Create((short)-BytePacking.RowOffset)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Largest(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.Max(Vector128.Max(Sum(a), Sum(b)), Sum(c)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector128<float> left, Vector128<float> right) =>
        (uint)Vector128.GreaterThan(left.AsInt32(), right.AsInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Sum(Vector128<float> halves) =>
        Vector128.ShiftRightArithmetic(halves.AsInt32() << 16, 16) + Vector128.ShiftRightArithmetic(halves.AsInt32(), 16);

    /// <summary>Products of bytes, added up two and two: rows' bytes are at most 127, so that they are the same as signed ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<short> MultiplyAddAdjacent(Vector128<sbyte> left, Vector128<sbyte> right)
    {
        var low = (Vector128.WidenLower(left) * Vector128.WidenLower(right)).AsSingle();
        var high = (Vector128.WidenUpper(left) * Vector128.WidenUpper(right)).AsSingle();
        return Vector128.Narrow(Sum(low), Sum(high));
    }
}
