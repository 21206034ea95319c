using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>
/// Sums of products in double: <c>sums[i, j] += sum over t of left(i, t) right[t, j]</c>, each sum added up in the order of t. It runs on
/// the thread that calls it.
/// </summary>
internal static unsafe class WideProduct
{
    // A tile of 8 rows of 2 vectors: 16 vectors of sums, 2 of the right factor and a broadcast one fit the 32 registers.
    private const int TileRows = 8, TileColumns = 16;

    private static int Lanes => Vector512<double>.Count;

    /// <param name="sums">What is added to, rows of <paramref name="stride"/> values.</param>
    /// <param name="stride">See <paramref name="sums"/>.</param>
    /// <param name="rows">Rows of sums.</param>
    /// <param name="columns">Columns of sums.</param>
    /// <param name="left">The left factor.</param>
    /// <param name="right">The right factor, rows of <paramref name="rightStride"/> values.</param>
    /// <param name="rightStride">See <paramref name="right"/>.</param>
    /// <param name="depth">Products a sum.</param>
    public static void Add(double* sums, int stride, int rows, int columns, WideFactor left, float* right, int rightStride, int depth)
    {
        int wholeRows = rows - (rows % TileRows), wholeColumns = columns - (columns % TileColumns);
        for (int j = 0; j < wholeColumns; j += TileColumns)
            for (int i = 0; i < wholeRows; i += TileRows)
                Tile(sums + ((nint)i * stride) + j, stride, left.From(i), right + j, rightStride, depth);
        if (wholeColumns < columns)
            Rest(sums, stride, 0, rows, wholeColumns, columns, left, right, rightStride, depth);
        if (wholeRows < rows)
            Rest(sums, stride, wholeRows, rows, 0, wholeColumns, left, right, rightStride, depth);
    }

    private static void Tile(double* sums, int stride, WideFactor left, float* right, int rightStride, int depth)
    {
        double* r0 = sums, r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
        double* r4 = r3 + stride, r5 = r4 + stride, r6 = r5 + stride, r7 = r6 + stride;
        var (a0, b0, a1, b1) = (Low(r0), High(r0), Low(r1), High(r1));
        var (a2, b2, a3, b3) = (Low(r2), High(r2), Low(r3), High(r3));
        var (a4, b4, a5, b5) = (Low(r4), High(r4), Low(r5), High(r5));
        var (a6, b6, a7, b7) = (Low(r6), High(r6), Low(r7), High(r7));
        double* at = left.Data;
        int row = left.Row;
        for (int t = 0; t < depth; t++, at += left.Depth, right += rightStride)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(right));
            var x = Vector512.Create(at[0]);
            (a0, b0) = (Step(x, low, a0), Step(x, high, b0));
            x = Vector512.Create(at[row]);
            (a1, b1) = (Step(x, low, a1), Step(x, high, b1));
            x = Vector512.Create(at[2 * row]);
            (a2, b2) = (Step(x, low, a2), Step(x, high, b2));
            x = Vector512.Create(at[3 * row]);
            (a3, b3) = (Step(x, low, a3), Step(x, high, b3));
            x = Vector512.Create(at[4 * row]);
            (a4, b4) = (Step(x, low, a4), Step(x, high, b4));
            x = Vector512.Create(at[5 * row]);
            (a5, b5) = (Step(x, low, a5), Step(x, high, b5));
            x = Vector512.Create(at[6 * row]);
            (a6, b6) = (Step(x, low, a6), Step(x, high, b6));
            x = Vector512.Create(at[7 * row]);
            (a7, b7) = (Step(x, low, a7), Step(x, high, b7));
        }
        Store(r0, a0, b0);
        Store(r1, a1, b1);
        Store(r2, a2, b2);
        Store(r3, a3, b3);
        Store(r4, a4, b4);
        Store(r5, a5, b5);
        Store(r6, a6, b6);
        Store(r7, a7, b7);
    }

    private static void Rest(double* sums, int stride, int fromRow, int toRow, int fromColumn, int toColumn,
        WideFactor left, float* right, int rightStride, int depth)
    {
        for (int i = fromRow; i < toRow; i++)
            for (int t = 0; t < depth; t++)
            {
                double x = left.At(i, t);
                for (int j = fromColumn; j < toColumn; j++)
                    sums[((nint)i * stride) + j] += x * right[((nint)t * rightStride) + j];
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Low(double* row) => Vector512.Load(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> High(double* row) => Vector512.Load(row + Lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Step(Vector512<double> x, Vector512<double> y, Vector512<double> sum) =>
        Vector512.MultiplyAddEstimate(x, y, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(double* row, Vector512<double> low, Vector512<double> high)
    {
        low.Store(row);
        high.Store(row + Lanes);
    }
}

/// <summary>A left factor in memory: how far apart two rows of a value lie, and two places in the depth.</summary>
internal readonly unsafe struct WideFactor(double* data, int row, int depth)
{
    public double* Data { get; } = data;

    public int Row { get; } = row;

    public int Depth { get; } = depth;

    public WideFactor From(int first) => new(Data + ((nint)first * Row), Row, Depth);

    public double At(int i, int t) => Data[((nint)i * Row) + ((nint)t * Depth)];
}
