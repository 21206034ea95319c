using System.Numerics;
using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// Compares tiles with their rows' thresholds, for ranks and highest columns. Most rows of a tile hold nothing of interest, which one
/// comparison of their largest value tells; the others are put down and looked at once the tile is done.
/// </summary>
/// <remarks>
/// A row's thresholds on single-precision logits, each safe by its error bound:
/// <code>
///            certainly after the label     open       certainly before it
///     ------------------------------|---------------|-----------------------------> logit
///                              LabelLow         LabelHigh
///          certainly not among the highest | perhaps
///     -------------------------------------|--------------------------------------> logit
///                                    CandidateLow
///     Wake = min(LabelLow, CandidateLow): a row all of whose lanes are at or below it is done with in one comparison.
/// </code>
/// In the kernel (<see cref="TakeRow"/>) rows are counted that have no open lane and no candidate; the rest is looked at outside it
/// (<see cref="Look"/>). Bits of lanes: bit i is lane i of c0, bit L + i of c1, bit 2 L + i of c2, with L lanes to a vector; at most 48.
/// </remarks>
/// <param name="block">The rows.</param>
/// <param name="tile">Room for a tile.</param>
internal unsafe struct RankingEpilogue<TVector, TSimd>(ScoringBlock block, float* tile) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private readonly TileScreening? _screening = block.Screening;
    private float* _wake, _low, _high, _candidate;
    private int* _counts;
    private int _slot, _panel;
    private ulong _lanes;
    private uint _awake;

    /// <summary>Tiles that were summed.</summary>
    public long Completed { get; private set; }

    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    public bool BeginTile(int strip, int panel)
    {
        _slot = strip * TileKernel<TVector, TSimd>.Rows;
        _panel = panel;
        _awake = 0;
        var thresholds = block.Thresholds;
        _wake = thresholds.Wake + _slot;
        _low = thresholds.LabelLow + _slot;
        _high = thresholds.LabelHigh + _slot;
        _candidate = thresholds.CandidateLow + _slot;
        _counts = thresholds.Counts + _slot;
        _lanes = block.Columns.Lanes(panel);
        return block.IsWanted(strip) && (_screening is null || _screening.MayMatter(strip, panel));
    }

    public readonly TVector Start(int vector) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeRow(int row, TVector c0, TVector c1, TVector c2)
    {
        var highest = TSimd.Max(TSimd.Max(c0, c1), c2);
        if (TSimd.GreaterThan(highest, TSimd.Broadcast(_wake[row])) == 0)
            return;
        ulong above = _lanes & Above(c0, c1, c2, _high[row]), notBelow = _lanes & Above(c0, c1, c2, _low[row]);
        if (above == notBelow && TSimd.GreaterThan(highest, TSimd.Broadcast(_candidate[row])) == 0)
        {
            _counts[row] += BitOperations.PopCount(above);
            return;
        }
        _awake |= 1u << row;
        TileKernel<TVector, TSimd>.StoreRow(tile, row, c0, c1, c2);
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
    public static void Look(ScoringBlock block, int slot, int panel, float* logits)
    {
        ulong lanes = block.Columns.Lanes(panel);
        ulong notBelow = lanes & Above(logits, block.Thresholds.LabelLow[slot]);
        if (notBelow != 0)
        {
            ulong above = lanes & Above(logits, block.Thresholds.LabelHigh[slot]);
            block.CountAbove(slot, panel, above, notBelow & ~above);
        }
        ulong candidates = lanes & Above(logits, block.Thresholds.CandidateLow[slot]);
        if (candidates != 0)
            block.Collect(slot, panel, candidates, logits);
    }

    private static ulong Above(float* logits, float threshold) =>
        Above(TSimd.Load(logits), TSimd.Load(logits + TSimd.Lanes), TSimd.Load(logits + 2 * TSimd.Lanes), threshold);

    /// <summary>A bit for each lane above a threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Above(TVector c0, TVector c1, TVector c2, float threshold)
    {
        var limit = TSimd.Broadcast(threshold);
        ulong first = TSimd.GreaterThan(c0, limit), second = TSimd.GreaterThan(c1, limit), third = TSimd.GreaterThan(c2, limit);
        return first | (second << TSimd.Lanes) | (third << (2 * TSimd.Lanes));
    }
}
