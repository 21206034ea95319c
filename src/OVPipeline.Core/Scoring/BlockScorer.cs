namespace OVPipeline.Core;

/// <summary>Takes a block of rows through all panels at one SIMD width.</summary>
internal static unsafe class BlockScorer<TVector, TSimd, TBytes>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
    where TBytes : struct, IByteSimd<TVector>
{
    /// <summary>Columns of a panel.</summary>
    public static int Width => TileKernel<TVector, TSimd>.Columns;

    /// <summary>Scores a block that has been loaded.</summary>
    /// <returns>The share of the multiplications that no bound saved.</returns>
    public static double Score(ScoringBlock block, ScoredRows scores, CancellationToken cancellationToken)
    {
        var tile = new KernelBuffer(TileKernel<TVector, TSimd>.Rows * Width);
        var columns = block.Columns;
        double computed = 1;
        if (block.NeedsSoftmax)
        {
            var softmax = new SoftmaxEpilogue<TVector, TSimd>(block, tile.Pointer);
            Sweep(block, ref softmax, cancellationToken);
        }
        else if (block.NeedsSweep)
        {
            computed = Rank(block, tile.Pointer, cancellationToken);
        }
        for (int slot = 0; slot < block.Count; slot++)
            RowResults.Write(block, slot, scores);
        if (scores.Options.Probabilities)
        {
            WriteProbabilities(block, tile.Pointer, scores, cancellationToken);
            computed = 1;
        }
        GC.KeepAlive(tile);
        GC.KeepAlive(columns);
        return computed;
    }

    private static void WriteProbabilities(ScoringBlock block, float* tile, ScoredRows scores, CancellationToken cancellationToken)
    {
        fixed (float* probabilities = scores.Probabilities)
        {
            var epilogue = new ProbabilityEpilogue<TVector, TSimd>(block, tile, probabilities);
            Sweep(block, ref epilogue, cancellationToken);
            for (int slot = 0; slot < block.Count; slot++)
                block.Normalize(slot, probabilities);
        }
    }

    private static double Rank(ScoringBlock block, float* tile, CancellationToken cancellationToken)
    {
        var ranking = new RankingEpilogue<TVector, TSimd>(block, tile);
        var (columns, screening) = (block.Columns, block.Screening);
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (block.BeginGroup(group) == 0)
                continue;
            int first = PackedColumns.FirstOfGroup(group), end = columns.EndOfGroup(group);
            if (screening is not null)
            {
                var marking = new ScreeningEpilogue<TVector, TBytes>(block, screening);
                TileKernel<TVector, TBytes>.Sweep(
                    screening.Strips, block.StripCount, screening.Panels, first, end, screening.Depth, ref marking);
            }
            TileKernel<TVector, TSimd>.Sweep(block.Strips, block.StripCount, columns.Panels, first, end, columns.Depth, ref ranking);
            for (int strip = 0; screening is not null && strip < block.StripCount; strip++)
                if (block.IsWanted(strip))
                    screening.EndGroup(strip, end - first);
        }
        double done = ranking.Completed + TileScreening.TileCost * (screening?.Tiles ?? 0);
        return done / ((double)block.StripCount * columns.PanelCount);
    }

    private static void Sweep<TEpilogue>(ScoringBlock block, ref TEpilogue epilogue, CancellationToken cancellationToken)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        var columns = block.Columns;
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            block.BeginGroup(group);
            int first = PackedColumns.FirstOfGroup(group), end = columns.EndOfGroup(group);
            TileKernel<TVector, TSimd>.Sweep(block.Strips, block.StripCount, columns.Panels, first, end, columns.Depth, ref epilogue);
        }
    }
}
