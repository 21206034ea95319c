using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// The one micro-kernel: a register tile of 4 rows by 3 vectors of columns, summed over the whole depth and handed to an epilogue
/// without touching memory. Everything that is multiplied in this library is multiplied here.
/// </summary>
/// <remarks>
/// Operands come packed (<see cref="FloatPacking"/>): a strip holds, for each k, 4 rows' values; a panel holds, for each k, 3 vectors of
/// columns' values. Each k takes 7 loads and 12 fused multiply-adds, which fill the machine's multiply-add units; the 12 sums, the 3
/// columns and the broadcast row value are 16 registers, all that AVX2 has.
/// <code>
///   strip, 4 rows:          a0 a1 a2 a3 | a0 a1 a2 a3 | ...                        k = 0, 1, ...
///   panel, 3 L columns:     b0: L lanes, b1: L lanes, b2: L lanes | b0 b1 b2 | ...
///
///                                b0   b1   b2
///   a tile's sums:          a0  c00  c01  c02       c_ij += a_i b_j, for each k
///                           a1  c10  c11  c12
///                           a2  c20  c21  c22
///                           a3  c30  c31  c32
///
///   registers of AVX2:      12 sums + 3 columns + 1 row value in all lanes = 16
/// </code>
/// Every sum is one chain of fused multiply-adds in the order of k, so its bits depend on neither the width nor the blocking. With
/// bytes in the lanes (<see cref="BytePacking"/>) the same source screens tiles at a third of the cost.
/// </remarks>
internal static unsafe class TileKernel<TVector, TSimd>
    where TVector : unmanaged
    where TSimd : struct, ITileSimd<TVector>
{
    /// <summary>Rows of a strip.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a panel.</summary>
    public static int Columns => 3 * TSimd.Lanes;

    /// <summary>Puts a row of a tile down in a buffer of tiles' rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRow(float* tile, int row, TVector c0, TVector c1, TVector c2)
    {
        float* to = tile + row * Columns;
        TSimd.Store(c0, to);
        TSimd.Store(c1, to + TSimd.Lanes);
        TSimd.Store(c2, to + 2 * TSimd.Lanes);
    }

    /// <summary>Multiplies strips by panels, panel by panel, so that a panel stays in the nearest cache.</summary>
    /// <param name="strips">All strips.</param>
    /// <param name="stripCount">How many.</param>
    /// <param name="panels">All panels.</param>
    /// <param name="firstPanel">The first panel to multiply by.</param>
    /// <param name="endPanel">The one after the last.</param>
    /// <param name="depth">Terms of a sum.</param>
    /// <param name="epilogue">What becomes of the tiles.</param>
    public static void Sweep<TEpilogue>(
        float* strips, int stripCount, float* panels, int firstPanel, int endPanel, int depth, ref TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        for (int panel = firstPanel; panel < endPanel; panel++)
            for (int strip = 0; strip < stripCount; strip++)
                if (epilogue.BeginTile(strip, panel))
                {
                    Tile(strips + (nint)strip * depth * Rows, panels + (nint)panel * depth * Columns, depth, ref epilogue);
                    epilogue.EndTile();
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TEpilogue>(float* strip, float* panel, int depth, ref TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        TVector c00 = epilogue.Start(0), c01 = epilogue.Start(1), c02 = epilogue.Start(2);
        TVector c10 = c00, c11 = c01, c12 = c02;
        TVector c20 = c00, c21 = c01, c22 = c02;
        TVector c30 = c00, c31 = c01, c32 = c02;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TSimd.Load(panel), b1 = TSimd.Load(panel + TSimd.Lanes), b2 = TSimd.Load(panel + 2 * TSimd.Lanes);
            MultiplyAdd(strip[0], b0, b1, b2, ref c00, ref c01, ref c02);
            MultiplyAdd(strip[1], b0, b1, b2, ref c10, ref c11, ref c12);
            MultiplyAdd(strip[2], b0, b1, b2, ref c20, ref c21, ref c22);
            MultiplyAdd(strip[3], b0, b1, b2, ref c30, ref c31, ref c32);
            strip += Rows;
            panel += Columns;
        }
        epilogue.TakeRow(0, c00, c01, c02);
        epilogue.TakeRow(1, c10, c11, c12);
        epilogue.TakeRow(2, c20, c21, c22);
        epilogue.TakeRow(3, c30, c31, c32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(float a, TVector b0, TVector b1, TVector b2, ref TVector c0, ref TVector c1, ref TVector c2)
    {
        var lanes = TSimd.Broadcast(a);
        c0 = TSimd.MultiplyAdd(lanes, b0, c0);
        c1 = TSimd.MultiplyAdd(lanes, b1, c1);
        c2 = TSimd.MultiplyAdd(lanes, b2, c2);
    }
}
