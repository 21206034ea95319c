using Lanes = System.Numerics.Vector<double>;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// Small double-precision products of tall single-precision matrices. Rows are summed in fixed chunks and the chunks in order, so the
/// result has the same bits at any thread count.
/// </summary>
internal static class CrossProduct
{
    private const int ChunkRows = 4096;

    /// <summary><c>x' y</c>: <c>[n, p]' [n, q]</c> to <c>[p, q]</c>, accumulated in double.</summary>
    public static Matrix<double> Of(Matrix x, Matrix y)
    {
        if (x.Rows != y.Rows)
            throw new ArgumentException($"Heights differ: {x} and {y}.", nameof(y));
        int chunks = Math.Max(1, (x.Rows + ChunkRows - 1) / ChunkRows);
        var partial = new double[chunks][];
        Parallel.For(0, chunks, chunk => partial[chunk] = OfRows(x, y, chunk * ChunkRows, Math.Min(x.Rows, (chunk + 1) * ChunkRows)));
        var total = partial[0];
        foreach (var part in partial.AsSpan(1))
            for (int i = 0; i < total.Length; i++)
                total[i] += part[i];
        return Matrix<double>.Build.Dense(x.Columns, y.Columns, (i, j) => total[i * y.Columns + j]);
    }

    private static double[] OfRows(Matrix x, Matrix y, int from, int to)
    {
        int lanes = Lanes.Count, width = (y.Columns + lanes - 1) / lanes * lanes;
        var sums = new double[x.Columns * width];
        var wide = new double[width];
        var right = MemoryMarshal.Cast<double, Lanes>(wide);
        for (int row = from; row < to; row++)
        {
            var yRow = y.Row(row);
            for (int j = 0; j < yRow.Length; j++)
                wide[j] = yRow[j];
            var xRow = x.Row(row);
            for (int i = 0; i < xRow.Length; i++)
            {
                var scale = new Lanes(xRow[i]);
                var sum = MemoryMarshal.Cast<double, Lanes>(sums.AsSpan(i * width, width));
                for (int j = 0; j < right.Length; j++)
                    sum[j] += scale * right[j];
            }
        }
        if (width == y.Columns)
            return sums;
        var packed = new double[x.Columns * y.Columns];
        for (int i = 0; i < x.Columns; i++)
            sums.AsSpan(i * width, y.Columns).CopyTo(packed.AsSpan(i * y.Columns));
        return packed;
    }
}
