using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>Adds tiles to a block of a matrix that is stored row by row.</summary>
/// <param name="work">What is multiplied, and room for a tile.</param>
/// <param name="block">The block's first value.</param>
/// <param name="stride">From a row of the matrix to the next, in values.</param>
/// <param name="rows">Rows that the tiles' strips hold, in all.</param>
/// <param name="columns">Columns that their panels hold, in all.</param>
/// <param name="replaces">Whether what the block holds is forgotten, as if it were zeros.</param>
internal unsafe struct AccumulateEpilogue<TVector, TSimd>(
    ProductWorkspace work, float* block, int stride, int rows, int columns, bool replaces) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    private readonly float* _tile = work.Tile.Pointer;
    private float* _to;
    private int _strip, _panel, _height, _width;
    private bool _isDirect; // a whole row of the tile goes where it belongs at once

    public bool BeginTile(int strip, int panel)
    {
        (_strip, _panel) = (strip, panel);
        int row = strip * TileKernel<TVector, TSimd>.Rows, column = panel * TileColumns;
        _height = Math.Min(TileKernel<TVector, TSimd>.Rows, rows - row);
        _width = Math.Min(TileColumns, columns - column);
        _to = block + (nint)row * stride + column;
        _isDirect = _width == TileColumns && !TSimd.IsEmulated;
        return true;
    }

    public readonly TVector Start(int vector) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void TakeRow(int row, TVector c0, TVector c1, TVector c2)
    {
        if (!_isDirect)
        {
            TileKernel<TVector, TSimd>.StoreRow(_tile, row, c0, c1, c2);
            return;
        }
        if (row >= _height)
            return;
        float* to = _to + (nint)row * stride;
        Put(c0, to);
        Put(c1, to + TSimd.Lanes);
        Put(c2, to + 2 * TSimd.Lanes);
    }

    public readonly void EndTile()
    {
        if (_isDirect)
            return;
        if (TSimd.IsEmulated)
            work.Repair<TVector, TSimd>(_strip, _panel);
        for (int i = 0; i < _height; i++)
        {
            float* from = _tile + i * TileColumns, to = _to + (nint)i * stride;
            int j = 0;
            for (; j + TSimd.Lanes <= _width; j += TSimd.Lanes)
                Put(TSimd.Load(from + j), to + j);
            for (; j < _width; j++)
                to[j] = (replaces ? 0 : to[j]) + from[j];
        }
    }

    // To zero, too, is added, as to any number: a sum that vanished below zero is then zero, not minus zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Put(TVector sum, float* to) => TSimd.Store(TSimd.Add(replaces ? default : TSimd.Load(to), sum), to);
}
