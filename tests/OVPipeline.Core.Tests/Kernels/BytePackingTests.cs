using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace OVPipeline.Core.Tests;

public unsafe class BytePackingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(130)]
    [InlineData(4096)]
    [InlineData(70_000)]
    public void Round_RowAndColumn_SumIsWithinTheBound(int depth)
    {
        var random = new Random(depth);
        double largest = 0;
        for (int trial = 0; trial < 90; trial++)
        {
            // Scales far apart, single large values, and vectors that point the same way or have one sign, whose sums are the largest.
            float[] h = Vector(trial % 3 == 0 ? 1e-20 : 1), g = trial % 2 == 0 ? [.. h.Select(value => value * 1e20f)] : Vector(1e15);
            if (trial % 5 == 0)
                h[random.Next(depth)] = 40 * h.Max();
            if (trial % 7 == 0)
                (h, g) = ([.. h.Select(Math.Abs)], [.. g.Select(Math.Abs)]);
            int lanes = BytePacking.DepthOf(depth);
            float[] q = new float[lanes], p = new float[lanes];
            double a, b, e, f;
            float sum;
            fixed (float* row = h, column = g, rowBytes = q, columnBytes = p)
            {
                var (rowHalf, rowLargest) = BytePacking.Measure(row, 1, depth);
                var (columnHalf, columnLargest) = BytePacking.Measure(column, 1, depth);
                a = BytePacking.ScaleOf(rowHalf, rowLargest, BytePacking.RowLimit, depth);
                b = BytePacking.ScaleOf(columnHalf, columnLargest, BytePacking.ColumnLimit, depth);
                (e, _) = BytePacking.Round(row, 1, depth, a, BytePacking.RowOffset, rowBytes, 1);
                (f, sum) = BytePacking.Round(column, 1, depth, b, 0, columnBytes, 1);
            }
            sum = BytesScalar.Begin(sum);
            for (int k = 0; k < lanes; k++)
                sum = BytesScalar.MultiplyAdd(q[k], p[k], sum);
            double exact = a * b * h.Zip(g, (x, y) => (double)x * y).Sum(), bound = a * Norm(h) * f + e * b * Norm(g) + e * f;
            int found = BitConverter.SingleToInt32Bits(BytesScalar.Largest(sum, sum, sum));
            Assert.InRange(found - exact, -bound, bound);
            largest = Math.Max(largest, Math.Abs(exact));
        }
        Assert.True(depth is < 64 or > 10_000 || largest > 16_000, $"The largest sum was {largest}: 16 bits are not made use of.");

        float[] Vector(double size) => [.. Enumerable.Range(0, depth).Select(_ => (float)(size * (random.NextDouble() - 0.5)))];
        static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
    }

    [Fact]
    public void MultiplyAdd_InOneInstruction_AddsUpToTheSame()
    {
        Assert.SkipUnless(AvxVnni.IsSupported, "The machine has no AVX-VNNI.");
        const int Depth = 40; // sums of at most 40 (64 + 63) 12, which 16 bits hold
        var random = new Random(3);
        int[] low = new int[8], high = new int[8];
        float[] sums = new float[8], rows = new float[8 * Depth], columns = new float[8 * Depth];
        for (int i = 0; i < rows.Length; i++)
        {
            int[] row = [.. Enumerable.Range(0, 4).Select(_ => random.Next(1, 128))], column = [.. row.Select(_ => random.Next(-6, 7))];
            low[i % 8] += column[0] + column[1];
            high[i % 8] += column[2] + column[3];
            rows[i] = Lane(row);
            columns[i] = Lane(column);
        }
        for (int lane = 0; lane < 8; lane++)
            sums[lane] = BytePacking.Halves(low[lane], high[lane]);
        var scalar = sums.Select(BytesScalar.Begin).ToArray();
        Vector256<float> two = Bytes256.Begin(Vector256.Create(sums)), one = Bytes256Vnni.Begin(Vector256.Create(sums));
        for (int k = 0; k < Depth; k++)
        {
            Vector256<float> row = Vector256.Create(rows, 8 * k), column = Vector256.Create(columns, 8 * k);
            (two, one) = (Bytes256.MultiplyAdd(row, column, two), Bytes256Vnni.MultiplyAdd(row, column, one));
            for (int lane = 0; lane < 8; lane++)
                scalar[lane] = BytesScalar.MultiplyAdd(rows[8 * k + lane], columns[8 * k + lane], scalar[lane]);
        }
        var expected = Vector256.Create([.. scalar.Select(sum => BytesScalar.Largest(sum, sum, sum))]).AsInt32();
        Assert.Equal(expected, Bytes256.Largest(two, two, two).AsInt32());
        Assert.Equal(expected, Bytes256Vnni.Largest(one, one, one).AsInt32());

        static float Lane(int[] bytes) =>
            BitConverter.Int32BitsToSingle((bytes[0] & 0xFF) | (bytes[1] & 0xFF) << 8 | (bytes[2] & 0xFF) << 16 | bytes[3] << 24);
    }

    [Fact]
    public void MultiplyAdd_EveryWidth_IsTheScalars()
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "The machine has no AVX2.");
        var random = new Random(1);
        float[] rows = Lanes(0, 128), columns = Lanes(-127, 128), sums = Lanes(-128, 128);
        float[] scalar = [.. Enumerable.Range(0, 16).Select(i => BytesScalar.MultiplyAdd(rows[i], columns[i], sums[i]))];
        float[] largest = [.. Enumerable.Range(0, 16).Select(i => BytesScalar.Largest(rows[i], columns[i], sums[i]))];
        var low = Bytes256.MultiplyAdd(Vector256.Create(rows), Vector256.Create(columns), Vector256.Create(sums));
        var lowLargest = Bytes256.Largest(Vector256.Create(rows), Vector256.Create(columns), Vector256.Create(sums));
        var least = Bytes128.MultiplyAdd(Vector128.Create(rows), Vector128.Create(columns), Vector128.Create(sums));
        var leastLargest = Bytes128.Largest(Vector128.Create(rows), Vector128.Create(columns), Vector128.Create(sums));
        Assert.Equal(Bits(scalar[..4]), Bits([.. Enumerable.Range(0, 4).Select(i => least[i])]));
        Assert.Equal(Bits(largest[..4]), Bits([.. Enumerable.Range(0, 4).Select(i => leastLargest[i])]));
        var plain = Bytes128.MultiplyAddAdjacent(Vector128.Create(rows).AsSByte(), Vector128.Create(columns).AsSByte());
        Assert.Equal(Bytes128.MultiplyAdd(Vector128.Create(rows), Vector128.Create(columns), default).AsInt16(), plain);
        Assert.Equal(Bits(scalar[..8]), Bits([.. Enumerable.Range(0, 8).Select(i => low[i])]));
        Assert.Equal(Bits(largest[..8]), Bits([.. Enumerable.Range(0, 8).Select(i => lowLargest[i])]));
        Assert.SkipUnless(Vector512.IsHardwareAccelerated, "The machine has no AVX-512.");
        var all = Bytes512.MultiplyAdd(Vector512.Create(rows), Vector512.Create(columns), Vector512.Create(sums));
        var allLargest = Bytes512.Largest(Vector512.Create(rows), Vector512.Create(columns), Vector512.Create(sums));
        Assert.Equal(Bits(scalar), Bits([.. Enumerable.Range(0, 16).Select(i => all[i])]));
        Assert.Equal(Bits(largest), Bits([.. Enumerable.Range(0, 16).Select(i => allLargest[i])]));
        uint above = 0;
        for (int i = 0; i < 16; i++)
            above |= BytesScalar.GreaterThan(rows[i], columns[i]) << i;
        Assert.Equal(above, Bytes512.GreaterThan(Vector512.Create(rows), Vector512.Create(columns)));
        Assert.Equal(above & 0xFF, Bytes256.GreaterThan(Vector256.Create(rows), Vector256.Create(columns)));

        float[] Lanes(int from, int to)
        {
            int Byte() => random.Next(from, to) & 0xFF;
            return [.. Enumerable.Range(0, 16)
                .Select(_ => BitConverter.Int32BitsToSingle(Byte() | Byte() << 8 | Byte() << 16 | Byte() << 24))];
        }

        static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
    }
}
