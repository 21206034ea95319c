using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary><see cref="Emulated128"/> with one lane: any machine.</summary>
internal readonly unsafe struct EmulatedScalar : ISimd<double>
{
    public static int Lanes => 1;

    public static bool IsEmulated => true;

    public static double Load(float* source) => *source;

    public static void Store(double value, float* destination) => *destination = (float)value;

    public static double Broadcast(float value) => value;

    public static double Add(double left, double right) => (float)(left + right);

    public static double Multiply(double left, double right) => (float)(left * right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MultiplyAdd(double left, double right, double sum)
    {
        const ulong SmallestNormal = (1023UL - 126) << 53; // its bits, less the sign's
        double exact = (left * right) + sum;
        ulong bits = BitConverter.DoubleToUInt64Bits(exact);
        bool isHalfway = (bits & Emulated128.Dropped) == Emulated128.Halfway;
        bool isSmall = (bits << 1) - 1 < SmallestNormal - 1; // less one, zero is the largest
        return isHalfway || isSmall ? double.NaN : (float)exact;
    }

    public static double Max(double left, double right) => left > right ? left : right;

    public static double Round(double value) => Math.Round(value);

    public static double PowerOfTwo(double exponent) => BitConverter.Int64BitsToDouble(((long)exponent + 1023) << 52);

    public static uint GreaterThan(double left, double right) => left > right ? 1u : 0u;
}
