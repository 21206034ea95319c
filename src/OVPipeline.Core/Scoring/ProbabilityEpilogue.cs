using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>Turns tiles into probabilities, by what a first pass found to be each row's shift and scale, in the order of tokens.</summary>
/// <param name="block">The rows.</param>
/// <param name="tile">Room for a tile.</param>
/// <param name="probabilities">V probabilities for each of the caller's rows.</param>
internal unsafe struct ProbabilityEpilogue<TVector, TSimd>(ScoringBlock block, float* tile, float* probabilities) : ITileEpilogue<TVector>
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
        int vocabulary = block.Columns.Vocabulary, first = _panel * TileColumns;
        var rows = block.Rows[_slot..Math.Min(block.Count, _slot + TileKernel<TVector, TSimd>.Rows)];
        var tokens = block.Columns.Tokens.AsSpan(first, Math.Min(TileColumns, vocabulary - first));
        float* logits = tile;
        foreach (ref var row in rows)
        {
            TVector shift = TSimd.Broadcast(-(float)row.ProbabilityShift), scale = TSimd.Broadcast((float)row.ProbabilityScale);
            for (int lane = 0; lane < TileColumns; lane += TSimd.Lanes)
            {
                var t = TSimd.Multiply(TSimd.Add(TSimd.Load(logits + lane), shift), _beta);
                TSimd.Store(TSimd.Multiply(scale, VectorExp<TVector, TSimd>.Of(VectorExp<TVector, TSimd>.Clamp(t))), logits + lane);
            }
            float* to = probabilities + (nint)row.Index * vocabulary;
            for (int lane = 0; lane < tokens.Length; lane++)
                to[tokens[lane]] = logits[lane];
            logits += TileColumns;
        }
    }
}
