using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// Sums the exponentials of tiles, with their first two moments where wanted, and does what
/// <see cref="RankingEpilogue{TVector, TSimd}"/> does in the same pass. Left out of the sums are each row's label and the columns held
/// as candidates: those are added in double at the end.
/// </summary>
/// <param name="block">The rows.</param>
/// <param name="tile">Room for a tile.</param>
internal unsafe struct SoftmaxEpilogue<TVector, TSimd>(ScoringBlock block, float* tile) : ITileEpilogue<TVector>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    private readonly TVector _beta = TSimd.Broadcast((float)block.Beta);
    private int _slot, _panel;

    private static int TileColumns => TileKernel<TVector, TSimd>.Columns;

    public bool BeginTile(int strip, int panel)
    {
        _slot = strip * TileKernel<TVector, TSimd>.Rows;
        _panel = panel;
        return true;
    }

    public readonly TVector Start(int vector) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void TakeRow(int row, TVector c0, TVector c1, TVector c2) => TileKernel<TVector, TSimd>.StoreRow(tile, row, c0, c1, c2);

    public readonly void EndTile()
    {
        var rows = block.Rows;
        int end = Math.Min(rows.Length, _slot + TileKernel<TVector, TSimd>.Rows);
        float* logits = tile;
        for (int slot = _slot; slot < end; slot++, logits += TileColumns)
        {
            if (IsAwake(logits, block.Thresholds.Wake[slot]))
                RankingEpilogue<TVector, TSimd>.Look(block, slot, _panel, logits);
            if (!rows[slot].HasFloor)
                continue; // every column so far is a candidate
            StrikeOut(rows[slot].Label, logits);
            AddUp(slot, rows[slot].Softmax.Shift, logits);
        }
    }

    private static bool IsAwake(float* logits, float threshold)
    {
        var highest = TSimd.Max(TSimd.Max(TSimd.Load(logits), TSimd.Load(logits + TSimd.Lanes)), TSimd.Load(logits + 2 * TSimd.Lanes));
        return TSimd.GreaterThan(highest, TSimd.Broadcast(threshold)) != 0;
    }

    // The label, and what fills up the last panel.
    private readonly void StrikeOut(int label, float* logits)
    {
        int first = _panel * TileColumns;
        if (label >= first && label < first + TileColumns)
            logits[label - first] = float.NegativeInfinity;
        for (int lane = block.Columns.Vocabulary - first; lane < TileColumns; lane++)
            logits[lane] = float.NegativeInfinity;
    }

    private readonly void AddUp(int slot, double shift, float* logits)
    {
        var shifts = TSimd.Broadcast(-(float)shift);
        bool moments = block.NeedsMoments, natural = block.NeedsNatural;
        TVector weights = default, first = default, second = default, atOne = default;
        for (int lane = 0; lane < TileColumns; lane += TSimd.Lanes)
        {
            var below = TSimd.Add(TSimd.Load(logits + lane), shifts);
            if (natural)
                atOne = TSimd.Add(atOne, VectorExp<TVector, TSimd>.Of(VectorExp<TVector, TSimd>.Clamp(below)));
            var t = VectorExp<TVector, TSimd>.Clamp(TSimd.Multiply(below, _beta));
            var weight = VectorExp<TVector, TSimd>.Of(t);
            weights = TSimd.Add(weights, weight);
            if (!moments)
                continue;
            var weighted = TSimd.Multiply(weight, t);
            first = TSimd.Add(first, weighted);
            second = TSimd.MultiplyAdd(weighted, t, second);
        }
        float* sums = block.Sums.Of(slot);
        AddTo(sums, weights);
        if (natural)
            AddTo(sums + 3 * TSimd.Lanes, atOne);
        if (!moments)
            return;
        AddTo(sums + TSimd.Lanes, first);
        AddTo(sums + 2 * TSimd.Lanes, second);
    }

    private static void AddTo(float* sums, TVector terms) => TSimd.Store(TSimd.Add(TSimd.Load(sums), terms), sums);
}
