using System.Runtime.Intrinsics;
using Xunit;

namespace OVPipeline.Core.Tests;

public class Simd128Tests
{
    [Fact]
    public void FusedByDouble_AnyNumbers_HasTheBitsOfOneRounding()
    {
        var random = new Random(1);
        for (int i = 0; i < 300_000; i++)
            Check(Any(), Any(), Any());
        for (int i = 0; i < 300_000; i++) // of one size, where terms cancel
            Check(Near(1), Near(1), -Near(1));
        for (int i = 0; i < 300_000; i++) // results below the normal numbers
            Check(Near(1e-20f), Near(1e-19f), Near(1e-39f) * random.Next(-1, 2));

        float Any() => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        float Near(float size) => (float)(size * (0.5 + random.NextDouble()));
    }

    [Fact]
    public void FusedByDouble_HalfwayInDouble_HasTheBitsOfOneRounding()
    {
        // c + 2^-24 (1 - 2^-46): in double the sum is halfway between two single-precision numbers, and was below it.
        float step = MathF.ScaleB(1, -23), a = (1 + step) * MathF.ScaleB(1, -24), b = 1 - step;
        foreach (float c in new[] { 1f, 1 + step, 1 + 2 * step })
            foreach (float sign in new[] { 1f, -1f })
                foreach (int exponent in new[] { 0, 60, -60, -95 })
                {
                    float scale = MathF.ScaleB(1, exponent);
                    Check(a * scale, b, sign * c * scale);
                    Check(-a * scale, b, sign * c * scale);
                    Check(a * scale, 1 / (1 + step), sign * c * scale);
                }
        float once = MathF.FusedMultiplyAdd(a, b, 1 + step);
        Assert.NotEqual(once, (float)((double)a * b + (1 + step))); // rounding twice is not the same
    }

    private static void Check(float a, float b, float c)
    {
        float expected = MathF.FusedMultiplyAdd(a, b, c);
        float found = Simd128.FusedByDouble(Vector128.Create(1, a, 0, a), Vector128.Create(1, b, 0, b), Vector128.Create(1, c, 0, -c))[1];
        bool same = float.IsNaN(expected)
            ? float.IsNaN(found)
            : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(found);
        Assert.True(same, $"{a:R} * {b:R} + {c:R}: {found:R} against {expected:R}");
    }
}
