namespace OVPipeline.Core;

/// <summary>Takes a block of rows through all panels at one SIMD width.</summary>
internal static unsafe class BlockScorer<TVector, TSimd>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Columns of a panel.</summary>
    public static int Width => TileKernel<TVector, TSimd>.Columns;

    /// <summary>Scores a block that has been loaded.</summary>
    /// <returns>The share of its tiles that no bound ruled out.</returns>
    public static double Score(RowBlock block, ScoredRows scores, CancellationToken cancellationToken)
    {
        var tile = new KernelBuffer(TileKernel<TVector, TSimd>.Rows * Width);
        var columns = block.Columns;
        long tiles = 0;
        if (block.NeedsSoftmax)
        {
            var softmax = new SoftmaxEpilogue<TVector, TSimd>(block, tile.Pointer);
            tiles = Sweep(block, ref softmax, cancellationToken);
        }
        else if (block.NeedsSweep)
        {
            var ranking = new RankingEpilogue<TVector, TSimd>(block, tile.Pointer);
            tiles = Sweep(block, ref ranking, cancellationToken);
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
        return (double)tiles / ((long)block.StripCount * columns.PanelCount);
    }

    private static long Sweep<TEpilogue>(RowBlock block, ref TEpilogue epilogue, CancellationToken cancellationToken)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        var columns = block.Columns;
        long tiles = 0;
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int wanted = block.BeginGroup(group);
            int first = group * PackedColumns.GroupPanels, end = Math.Min(first + PackedColumns.GroupPanels, columns.PanelCount);
            tiles += (long)wanted * (end - first);
            if (wanted > 0)
                TileKernel<TVector, TSimd>.Sweep(block.Strips, block.StripCount, columns.Panels, first, end, columns.Depth, ref epilogue);
        }
        return tiles;
    }
}
