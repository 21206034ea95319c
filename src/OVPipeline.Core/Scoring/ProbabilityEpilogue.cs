using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// Turns tiles into exponentials, relative to what a first pass found to be each row's highest logit, in the order of positions: a row is
/// written from its one end to the other.
/// </summary>
/// <param name="block">The rows.</param>
/// <param name="tile">Room for a tile.</param>
/// <param name="weights">V exponentials for each of the caller's rows.</param>
internal unsafe struct ProbabilityEpilogue<TVector, TSimd>(ScoringBlock block, float* tile, float* weights) : ITileEpilogue<TVector>
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
        int vocabulary = block.Columns.Vocabulary, first = _panel * TileColumns, count = Math.Min(TileColumns, vocabulary - first);
        var rows = block.Rows[_slot..Math.Min(block.Count, _slot + TileKernel<TVector, TSimd>.Rows)];
        float* logits = tile;
        foreach (ref var row in rows)
        {
            var shift = TSimd.Broadcast(-(float)row.Highest);
            for (int lane = 0; lane < TileColumns; lane += TSimd.Lanes)
            {
                var t = TSimd.Multiply(TSimd.Add(TSimd.Load(logits + lane), shift), _beta);
                TSimd.Store(VectorExp<TVector, TSimd>.Of(VectorExp<TVector, TSimd>.Clamp(t)), logits + lane);
            }
            new ReadOnlySpan<float>(logits, count).CopyTo(new(weights + (nint)row.Index * vocabulary + first, count));
            logits += TileColumns;
        }
    }
}
