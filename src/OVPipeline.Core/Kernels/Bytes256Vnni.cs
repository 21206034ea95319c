using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>
/// <see cref="Bytes256"/> where the machine has AVX-VNNI: one instruction takes four products a lane and adds them to a 32-bit sum.
/// </summary>
internal readonly unsafe struct Bytes256Vnni : IByteSimd<Vector256<float>>
{
    public static int Lanes => Bytes256.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Bytes256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => Bytes256.Store(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Bytes256.Broadcast(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> sum) =>
        AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), left.AsByte(), right.AsSByte()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Begin(Vector256<float> sums) => (Bytes256.Sum(sums) * -BytePacking.RowOffset).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Largest(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.Max(Vector256.Max(a.AsInt32(), b.AsInt32()), c.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Vector256<float> left, Vector256<float> right) => Bytes256.GreaterThan(left, right);
}
