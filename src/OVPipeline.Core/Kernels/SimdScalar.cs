using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>One lane: any machine, and the twin that tests hold the others to.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    public static int Lanes => 1;

    public static bool IsFused => FusedArithmetic.IsSupported;

    public static float Load(float* source) => *source;

    public static void Store(float value, float* destination) => *destination = value;

    public static float Broadcast(float value) => value;

    public static float Add(float left, float right) => left + right;

    public static float Multiply(float left, float right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float left, float right, float sum) =>
        FusedArithmetic.IsSupported ? MathF.FusedMultiplyAdd(left, right, sum) : (left * right) + sum;

    public static float Max(float left, float right) => left > right ? left : right;

    public static float Round(float value) => MathF.Round(value);

    public static float PowerOfTwo(float exponent) => BitConverter.Int32BitsToSingle(((int)exponent + 127) << 23);

    public static uint GreaterThan(float left, float right) => left > right ? 1u : 0u;
}
