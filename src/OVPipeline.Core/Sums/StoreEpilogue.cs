using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>Puts the tiles of a panel down, one after the other.</summary>
/// <param name="tiles">Room for a tile of each strip.</param>
/// <param name="isWanted">For each strip, whether its tile is.</param>
internal unsafe struct StoreEpilogue<TVector, TSimd>(float* tiles, bool* isWanted) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private float* _tile;

    /// <summary>Values of a tile.</summary>
    public static int TileValues => TileKernel<TVector, TSimd>.Rows * TileKernel<TVector, TSimd>.Columns;

    public bool BeginTile(int strip, int panel)
    {
        _tile = tiles + (nint)strip * TileValues;
        return isWanted[strip];
    }

    public readonly TVector Start(int vector) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void TakeRow(int row, TVector c0, TVector c1, TVector c2) =>
        TileKernel<TVector, TSimd>.StoreRow(_tile, row, c0, c1, c2);

    public readonly void EndTile()
    {
    }
}
