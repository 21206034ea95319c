using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>
/// Adds tiles to a block of a matrix that is stored column by column: <see cref="AccumulateEpilogue{TVector, TSimd}"/> for the other
/// order.
/// </summary>
/// <param name="work">What is multiplied, and room for a tile.</param>
/// <param name="block">The block's first value.</param>
/// <param name="stride">From a row of the matrix to the next, in values.</param>
/// <param name="rows">Rows that the tiles' strips hold, in all.</param>
/// <param name="columns">Columns that their panels hold, in all.</param>
/// <param name="replaces">Whether what the block holds is forgotten, as if it were zeros.</param>
internal unsafe struct TransposedAccumulateEpilogue<TVector, TSimd>(
    ProductWorkspace work, float* block, int stride, int rows, int columns, bool replaces) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private static int TileRows => TileKernel<TVector, TSimd>.Rows;

    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    private readonly float* _tile = work.Tile.Pointer;
    private int _row, _column;

    public bool BeginTile(int strip, int panel)
    {
        _row = strip * TileRows;
        _column = panel * TileColumns;
        return true;
    }

    public readonly TVector Start(int vector) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void TakeRow(int row, TVector c0, TVector c1, TVector c2) =>
        TileKernel<TVector, TSimd>.StoreRow(_tile, row, c0, c1, c2);

    public readonly void EndTile()
    {
        if (TSimd.IsEmulated)
            work.Repair<TVector, TSimd>(_row / TileRows, _column / TileColumns);
        int height = Math.Min(TileRows, rows - _row), width = Math.Min(TileColumns, columns - _column);
        float* to = block + (nint)_column * stride + _row;
        for (int j = 0; j < width; j++, to += stride)
        {
            float* from = _tile + j;
            if (height == TileRows)
                (Vector128.Create(from[0], from[TileColumns], from[2 * TileColumns], from[3 * TileColumns])
                    + (replaces ? default : Vector128.Load(to))).Store(to);
            else
                for (int i = 0; i < height; i++)
                    to[i] = (replaces ? 0 : to[i]) + from[i * TileColumns];
        }
    }
}
