using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>16 lanes of four bytes: AVX-512BW.</summary>
internal readonly unsafe struct Bytes512 : IByteSimd<Vector512<float>>
{
    public static int Lanes => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> sum) =>
        (sum.AsInt16() + Avx512BW.MultiplyAddAdjacent(left.AsByte(), right.AsSByte())).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Begin(Vector512<float> sums) =>
        (sums.AsInt16() * Vector512.Create((short)-BytePacking.RowOffset)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Largest(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.Max(Vector512.Max(Sum(a), Sum(b)), Sum(c)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector512<float> left, Vector512<float> right) =>
        (uint)Vector512.GreaterThan(left.AsInt32(), right.AsInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Sum(Vector512<float> halves) => Avx512BW.MultiplyAddAdjacent(halves.AsInt16(), Vector512<short>.One);
}
