using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Lanes = System.Numerics.Vector<double>;

namespace OVPipeline.Core;

/// <summary>
/// Double-precision products of long single-precision vectors with each other. A term is the product of two singles, exact in double, and
/// terms are summed in order in fixed chunks and the chunks in order: the result has the same bits at any thread count and on any machine.
/// </summary>
/// <remarks>
/// <code>
///   for each part of a chunk's depth:
///       left, packed:  strips of 4 vectors                 right, packed:  a panel of 3 SIMD vectors' lanes at a time
///       4 times 3 SIMD vectors of sums stay in registers over the part
/// </code>
/// </remarks>
internal static unsafe class CrossProduct
{
    private const int ChunkDepth = 4096, PartDepth = 128;
    private const int StripRows = 4, PanelVectors = 3;

    private static int PanelColumns => PanelVectors * Lanes.Count;

    /// <summary><c>x' y</c>: <c>[n, p]' [n, q]</c> to <c>[p, q]</c>.</summary>
    public static Matrix<double> Of(Matrix x, Matrix y) => x.Rows == y.Rows
        ? Of(PackSource.ColumnsOf(x), PackSource.ColumnsOf(y))
        : throw new ArgumentException($"Heights differ: {x} and {y}.", nameof(y));

    /// <summary>The sums of products of each left with each right vector, [left.Count, right.Count].</summary>
    public static Matrix<double> Of(PackSource left, PackSource right)
    {
        int chunks = Math.Max(1, (left.Depth + ChunkDepth - 1) / ChunkDepth), width = Padded(right.Count, PanelColumns);
        var partial = new double[chunks][];
        Parallel.For(0, chunks, chunk =>
            partial[chunk] = OfChunk(left, right, chunk * ChunkDepth, Math.Min(left.Depth, (chunk + 1) * ChunkDepth)));
        var total = partial[0];
        foreach (var part in partial.AsSpan(1))
            for (int i = 0; i < total.Length; i++)
                total[i] += part[i];
        return Matrix<double>.Build.Dense(left.Count, right.Count, (i, j) => total[i * width + j]);
    }

    // Sums [left.Count, right.Count], both rounded up to whole strips and panels.
    private static double[] OfChunk(PackSource left, PackSource right, int from, int to)
    {
        int height = Padded(left.Count, StripRows), width = Padded(right.Count, PanelColumns), most = Math.Min(PartDepth, to - from);
        double[] sums = new double[height * width], strips = new double[height * most], panel = new double[PanelColumns * most];
        fixed (double* sum = sums, strip = strips, columns = panel)
            for (int k = from; k < to; k += PartDepth)
            {
                int depth = Math.Min(PartDepth, to - k);
                for (int i = 0; i < height; i += StripRows)
                    Pack(left, i, StripRows, k, depth, strip + i * depth);
                for (int j = 0; j < width; j += PanelColumns)
                {
                    Pack(right, j, PanelColumns, k, depth, columns);
                    for (int i = 0; i < height; i += StripRows)
                        AddTile(strip + i * depth, columns, depth, sum + i * width + j, width);
                }
            }
        return sums;
    }

    // A group of vectors over a part of the depth, value by value; beyond the last vector zeros.
    private static void Pack(PackSource source, int first, int group, int k, int depth, double* packed)
    {
        var values = source.Values.Span;
        int count = Math.Min(group, source.Count - first), start = first * source.VectorStride + k * source.DepthStride;
        for (int d = 0; d < depth; d++, start += source.DepthStride)
            for (int vector = 0; vector < group; vector++)
                *packed++ = vector < count ? values[start + vector * source.VectorStride] : 0;
    }

    private static void AddTile(double* strip, double* panel, int depth, double* sums, int stride)
    {
        int lanes = Lanes.Count;
        double* second = sums + stride, third = second + stride, fourth = third + stride;
        Lanes a0 = Load(sums), a1 = Load(sums + lanes), a2 = Load(sums + 2 * lanes);
        Lanes b0 = Load(second), b1 = Load(second + lanes), b2 = Load(second + 2 * lanes);
        Lanes c0 = Load(third), c1 = Load(third + lanes), c2 = Load(third + 2 * lanes);
        Lanes d0 = Load(fourth), d1 = Load(fourth + lanes), d2 = Load(fourth + 2 * lanes);
        for (double* end = strip + depth * StripRows; strip < end; strip += StripRows, panel += PanelVectors * lanes)
        {
            Lanes p0 = Load(panel), p1 = Load(panel + lanes), p2 = Load(panel + 2 * lanes);
            var row = new Lanes(strip[0]);
            (a0, a1, a2) = (Add(a0, row, p0), Add(a1, row, p1), Add(a2, row, p2));
            row = new(strip[1]);
            (b0, b1, b2) = (Add(b0, row, p0), Add(b1, row, p1), Add(b2, row, p2));
            row = new(strip[2]);
            (c0, c1, c2) = (Add(c0, row, p0), Add(c1, row, p1), Add(c2, row, p2));
            row = new(strip[3]);
            (d0, d1, d2) = (Add(d0, row, p0), Add(d1, row, p1), Add(d2, row, p2));
        }
        Store(sums, a0, a1, a2);
        Store(second, b0, b1, b2);
        Store(third, c0, c1, c2);
        Store(fourth, d0, d1, d2);

        static Lanes Load(double* from) => Vector.Load(from);

        // Products are exact, so that fused or not makes no difference.
        static Lanes Add(Lanes sum, Lanes row, Lanes column) => Vector.MultiplyAddEstimate(row, column, sum);

        static void Store(double* to, Lanes s0, Lanes s1, Lanes s2)
        {
            Vector.Store(s0, to);
            Vector.Store(s1, to + Lanes.Count);
            Vector.Store(s2, to + 2 * Lanes.Count);
        }
    }

    private static int Padded(int count, int size) => (count + size - 1) / size * size;
}
