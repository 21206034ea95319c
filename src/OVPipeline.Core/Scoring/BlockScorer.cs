namespace OVPipeline.Core;

/// <summary>Takes a block of rows through all panels at one SIMD width.</summary>
internal static unsafe class BlockScorer<TVector, TSimd>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Columns of a panel.</summary>
    public static int Width => TileKernel<TVector, TSimd>.Columns;

    /// <summary>Scores a block that has been loaded.</summary>
    public static void Score(RowBlock block, ScoredRows scores, CancellationToken cancellationToken)
    {
        var tile = new KernelBuffer(TileKernel<TVector, TSimd>.Rows * Width);
        var columns = block.Columns;
        if (block.NeedsSoftmax)
        {
            var softmax = new SoftmaxEpilogue<TVector, TSimd>(block, tile.Pointer);
            Sweep(block, ref softmax, cancellationToken);
        }
        else if (block.NeedsSweep)
        {
            var ranking = new RankingEpilogue<TVector, TSimd>(block, tile.Pointer);
            Sweep(block, ref ranking, cancellationToken);
        }
        for (int slot = 0; slot < block.Count; slot++)
            RowResults.Write(block, slot, scores);
        if (scores.Options.Probabilities)
            fixed (float* probabilities = scores.Probabilities)
            {
                var epilogue = new ProbabilityEpilogue<TVector, TSimd>(block, tile.Pointer, probabilities);
                Sweep(block, ref epilogue, cancellationToken);
                block.RefineProbabilities(probabilities);
            }
        GC.KeepAlive(tile);
        GC.KeepAlive(columns);
    }

    private static void Sweep<TEpilogue>(RowBlock block, ref TEpilogue epilogue, CancellationToken cancellationToken)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        var columns = block.Columns;
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            block.BeginGroup(group);
            int first = group * PackedColumns.GroupPanels, end = Math.Min(first + PackedColumns.GroupPanels, columns.PanelCount);
            TileKernel<TVector, TSimd>.Sweep(block.Strips, block.StripCount, columns.Panels, first, end, columns.Depth, ref epilogue);
        }
    }
}
