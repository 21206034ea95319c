using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>8 lanes of four bytes: AVX2.</summary>
internal readonly unsafe struct Bytes256 : IByteSimd<Vector256<float>>
{
    public static int Lanes => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> sum) =>
        (sum.AsInt16() + Avx2.MultiplyAddAdjacent(left.AsByte(), right.AsSByte())).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Begin(Vector256<float> sums) =>
        (sums.AsInt16() * Vector256.Create((short)-BytePacking.RowOffset)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Largest(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.Max(Vector256.Max(Sum(a), Sum(b)), Sum(c)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector256<float> left, Vector256<float> right) =>
        (uint)Vector256.GreaterThan(left.AsInt32(), right.AsInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Sum(Vector256<float> halves) => Avx2.MultiplyAddAdjacent(halves.AsInt16(), Vector256<short>.One);
}
