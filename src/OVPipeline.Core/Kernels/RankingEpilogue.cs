using System.Numerics;
using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// Compares tiles with their rows' thresholds, for ranks and highest columns. Most rows of a tile hold nothing of interest, which one
/// comparison of their largest value tells; the others are put down and looked at once the tile is done.
/// </summary>
/// <param name="block">The rows.</param>
/// <param name="tile">Room for a tile.</param>
internal unsafe struct RankingEpilogue<TVector, TSimd>(RowBlock block, float* tile) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private readonly float* _thresholds = block.Wake, _screens = block.Screen;
    private float* _wake, _screen;
    private int _slot, _panel;
    private uint _awake;

    /// <summary>Tiles that were carried through to the end.</summary>
    public long Completed { get; private set; }

    public readonly int ScreenDepth => block.ScreenDepth;

    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    public bool BeginTile(int strip, int panel)
    {
        (_slot, _panel, _awake) = (strip * TileKernel<TVector, TSimd>.Rows, panel, 0);
        _wake = _thresholds + _slot;
        _screen = _screens + _slot;
        return block.IsWanted(strip);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool CanMatter(int row, TVector c0, TVector c1, TVector c2) =>
        TSimd.GreaterThan(TSimd.Max(TSimd.Max(c0, c1), c2), TSimd.Broadcast(_screen[row])) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeRow(int row, TVector c0, TVector c1, TVector c2)
    {
        if (TSimd.GreaterThan(TSimd.Max(TSimd.Max(c0, c1), c2), TSimd.Broadcast(_wake[row])) == 0)
            return;
        _awake |= 1u << row;
        float* to = tile + row * TileColumns;
        TSimd.Store(c0, to);
        TSimd.Store(c1, to + TSimd.Lanes);
        TSimd.Store(c2, to + 2 * TSimd.Lanes);
    }

    public void EndTile()
    {
        Completed++;
        for (uint awake = _awake; awake != 0; awake &= awake - 1)
        {
            int row = BitOperations.TrailingZeroCount(awake);
            Look(block, _slot + row, _panel, tile + row * TileColumns);
        }
    }

    /// <summary>Looks closely at a row of a tile; columns that are now held as candidates are struck out.</summary>
    public static void Look(RowBlock block, int slot, int panel, float* logits)
    {
        ulong lanes = block.Columns.Lanes(panel);
        ulong notBelow = lanes & Above(logits, block.LabelLow[slot]);
        if (notBelow != 0)
        {
            ulong above = lanes & Above(logits, block.LabelHigh[slot]);
            block.CountAbove(slot, panel, above, notBelow & ~above);
        }
        ulong candidates = lanes & Above(logits, block.CandidateLow[slot]);
        if (candidates != 0)
            block.Collect(slot, panel, candidates, logits);
    }

    // A bit for each lane above a threshold.
    private static ulong Above(float* logits, float threshold)
    {
        var limit = TSimd.Broadcast(threshold);
        return TSimd.GreaterThan(TSimd.Load(logits), limit)
            | (ulong)TSimd.GreaterThan(TSimd.Load(logits + TSimd.Lanes), limit) << TSimd.Lanes
            | (ulong)TSimd.GreaterThan(TSimd.Load(logits + 2 * TSimd.Lanes), limit) << 2 * TSimd.Lanes;
    }
}
