using System.Runtime.Intrinsics;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Fused multiply-add without the instruction: the bits of one rounding, or NaN where two may differ from it.</summary>
public class EmulatedArithmeticTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void MultiplyAdd_AnyNumbers_HasTheBitsOfOneRoundingOrIsNaN()
    {
        var random = new Random(1);
        int open = 0;
        for (int i = 0; i < 300_000; i++)
            Check(Any(), Any(), Any());
        Assert.Equal(0, open); // what is none of the cases below
        for (int i = 0; i < 300_000; i++) // of one size, where terms cancel
            open += Check(Near(1), Near(1), -Near(1));
        Assert.InRange(open, 0, 10);
        for (int i = 0; i < 300_000; i++) // results below the normal numbers
            open += Check(Near(1e-20f), Near(1e-19f), Near(1e-39f) * random.Next(-1, 2));
        Assert.InRange(open, 200_000, 300_010);

        float Any() => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        float Near(float size) => (float)(size * (0.5 + random.NextDouble()));
    }

    [Fact]
    public void MultiplyAdd_Zeros_AreNotLeftOpen()
    {
        Assert.Equal(0, Check(0, 1, 0) + Check(0, -1, 0) + Check(2, 3, -6) + Check(0, 1, 5) + Check(1, MathF.ScaleB(1, -126), 0));
    }

    [Fact]
    public void MultiplyAdd_HalfwayInDouble_IsNaN()
    {
        Assert.All(Halfway(), terms => Assert.Equal(1, Check(terms.A, terms.B, terms.C)));
        var (a, b, c) = Halfway().First(terms => terms.C is > 1 and < 2); // rounding twice is not the same
        Assert.NotEqual(MathF.FusedMultiplyAdd(a, b, c), (float)((double)a * b + c));
    }

    [Fact]
    public void Of_NumbersThatNeedOneRounding_HasTheBitsOfFusedMultiplyAdd()
    {
        var random = new Random(2);
        var halfway = Halfway().ToList();
        const int Rows = 23, Columns = 19, Depth = 300;
        Matrix left = new(Rows, Depth), right = new(Columns, Depth);
        for (int k = 0; k < Depth; k++)
        {
            for (int i = 0; i < Rows; i++)
                left.Data[i * Depth + k] = Any(k, i);
            for (int j = 0; j < Columns; j++)
                right.Data[j * Depth + k] = Any(k, j + 7);
        }
        for (int i = 0; i < halfway.Count; i++) // a row whose first sums are halfway, from a term of its own
        {
            (left.Data[i % Rows * Depth], right.Data[i % Columns * Depth]) = (halfway[i].C, 1);
            (left.Data[i % Rows * Depth + 1], right.Data[i % Columns * Depth + 1]) = (halfway[i].A, halfway[i].B);
        }

        var pair = BlockedProduct.Of<Vector128<double>, Emulated128>(PackSource.RowsOf(left), PackSource.RowsOf(right), Token);
        var one = BlockedProduct.Of<double, EmulatedScalar>(PackSource.RowsOf(left), PackSource.RowsOf(right), Token);

        var expected = new float[Rows * Columns];
        for (int i = 0; i < expected.Length; i++)
            expected[i] = Product(i / Columns, i % Columns);
        Assert.Equal(Bits(expected), Bits(pair.Values));
        Assert.Equal(Bits(expected), Bits(one.Values));
        Assert.Contains(expected, float.IsNaN);
        Assert.Contains(expected, float.IsFinite);

        float Any(int k, int i) => ((k + i) % 5) switch
        {
            0 => 0,
            1 => (float)random.NextDouble() - 0.5f,
            2 => (float)(random.NextDouble() * 1e-21),
            3 => (float)((random.NextDouble() - 0.5) * 1e-24),
            _ => k == 290 && i == 14 ? float.PositiveInfinity : k == 291 && i == 13 ? float.NaN : MathF.ScaleB(1, random.Next(-40, 3)),
        };

        float Product(int i, int j)
        {
            float product = 0;
            for (int from = 0; from < Depth; from += 256) // a part of the depth is summed by itself
            {
                float sum = 0;
                for (int k = from; k < Math.Min(from + 256, Depth); k++)
                    sum = MathF.FusedMultiplyAdd(left[i, k], right[j, k], sum);
                product += sum;
            }
            return product;
        }
    }

    // c + 2^-24 (1 - 2^-46), where c is 1 or next to it: in double the sum is halfway between two single-precision numbers, and was below.
    private static IEnumerable<(float A, float B, float C)> Halfway()
    {
        float step = MathF.ScaleB(1, -23), a = (1 + step) * MathF.ScaleB(1, -24), b = 1 - step;
        foreach (float c in new[] { 1f, 1 + step, 1 + 2 * step })
            foreach (int exponent in new[] { 0, 60, -60, -95 })
            {
                float scale = MathF.ScaleB(1, exponent);
                yield return (a * scale, b, c * scale);
                yield return (-a * scale, b, -c * scale);
            }
    }

    // 1 where both widths leave it open.
    private static int Check(float a, float b, float c)
    {
        float expected = MathF.FusedMultiplyAdd(a, b, c);
        float one = (float)EmulatedScalar.MultiplyAdd(a, b, c);
        var pair = Emulated128.MultiplyAdd(Vector128.Create(1.0, a), Vector128.Create(1.0, b), Vector128.Create(1.0, c));
        Assert.Equal(2, pair[0]);
        Assert.True(Same((float)pair[1], expected), $"{a:R} * {b:R} + {c:R}: {pair[1]:R} against {expected:R}");
        Assert.True(Same(one, expected), $"{a:R} * {b:R} + {c:R}: {one:R} against {expected:R}");
        return float.IsNaN(one) && !float.IsNaN(expected) ? 1 : 0;
    }

    private static bool Same(float found, float expected) =>
        float.IsNaN(found) || BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(found);

    // One for all NaN.
    private static int[] Bits(ReadOnlySpan<float> values) =>
        [.. values.ToArray().Select(value => BitConverter.SingleToInt32Bits(float.IsNaN(value) ? float.NaN : value))];
}
