using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>One lane: any machine, and the twin that tests hold the others to.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    private const double LeastNormal = 1.17549435082229e-38; // and a little: below it singles have fewer digits

    public static int Lanes => 1;

    public static float Load(float* source) => *source;

    public static void Store(float value, float* destination) => *destination = value;

    public static float Broadcast(float value) => value;

    public static float Add(float left, float right) => left + right;

    public static float Multiply(float left, float right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float left, float right, float sum) => Fma.IsSupported || AdvSimd.IsSupported
        ? MathF.FusedMultiplyAdd(left, right, sum)
        : FusedInDouble(left, right, sum);

    /// <summary>
    /// The same bits without the instruction, for which the system's own function takes several times as long. The product is exact in
    /// double. Its sum is rounded to double and then to single, which is right but where the first rounding ends in the middle between
    /// two singles, or where singles have fewer digits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float FusedInDouble(float left, float right, float sum)
    {
        const long DroppedDigits = (1L << 29) - 1, Middle = 1L << 28;
        double exact = (double)left * right + sum;
        bool isMiddle = (BitConverter.DoubleToInt64Bits(exact) & DroppedDigits) == Middle;
        return isMiddle || (Math.Abs(exact) < LeastNormal && exact != 0) ? MathF.FusedMultiplyAdd(left, right, sum) : (float)exact;
    }

    public static float Max(float left, float right) => left > right ? left : right;

    public static float Round(float value) => MathF.Round(value);

    public static float PowerOfTwo(float exponent) => BitConverter.Int32BitsToSingle(((int)exponent + 127) << 23);

    public static uint GreaterThan(float left, float right) => left > right ? 1u : 0u;
}
