using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>Adds tiles to a block of a matrix that is stored row by row.</summary>
/// <param name="work">What is multiplied, and room for a tile.</param>
/// <param name="block">The block's first value.</param>
/// <param name="stride">From a row of the matrix to the next, in values.</param>
/// <param name="rows">Rows that the tiles' strips hold, in all.</param>
/// <param name="columns">Columns that their panels hold, in all.</param>
internal unsafe struct AccumulateEpilogue<TVector, TSimd>(
    ProductWorkspace work, float* block, int stride, int rows, int columns) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    private readonly float* _tile = work.Tile.Pointer;
    private int _row, _column;

    public bool BeginTile(int strip, int panel)
    {
        _row = strip * TileKernel<TVector, TSimd>.Rows;
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
            work.Repair<TVector, TSimd>(_row / TileKernel<TVector, TSimd>.Rows, _column / TileColumns);
        int height = Math.Min(TileKernel<TVector, TSimd>.Rows, rows - _row), width = Math.Min(TileColumns, columns - _column);
        for (int i = 0; i < height; i++)
        {
            float* from = _tile + i * TileColumns, to = block + (nint)(_row + i) * stride + _column;
            int j = 0;
            for (; j + TSimd.Lanes <= width; j += TSimd.Lanes)
                TSimd.Store(TSimd.Add(TSimd.Load(to + j), TSimd.Load(from + j)), to + j);
            for (; j < width; j++)
                to[j] += from[j];
        }
    }
}
