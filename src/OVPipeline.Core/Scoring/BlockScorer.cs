namespace OVPipeline.Core;

/// <summary>Takes a block of rows through all panels at one SIMD width.</summary>
internal static unsafe class BlockScorer<TVector, TSimd>
    where TVector : unmanaged
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Columns of a panel.</summary>
    public static int Width => TileKernel<TVector, TSimd>.Columns;

    /// <summary>Scores a block that has been loaded.</summary>
    /// <returns>The share of the multiplications that no bound saved.</returns>
    public static double Score(RowBlock block, ScoredRows scores, CancellationToken cancellationToken)
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
            fixed (float* probabilities = scores.Probabilities)
            {
                var epilogue = new ProbabilityEpilogue<TVector, TSimd>(block, tile.Pointer, probabilities);
                Sweep(block, ref epilogue, cancellationToken);
                block.RefineProbabilities(probabilities);
            }
        GC.KeepAlive(tile);
        GC.KeepAlive(columns);
        return computed;
    }

    private static double Rank(RowBlock block, float* tile, CancellationToken cancellationToken)
    {
        var ranking = new RankingEpilogue<TVector, TSimd>(block, tile);
        var columns = block.Columns;
        var screening = new Screening(columns.Depth);
        double terms = 0;
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int strips = block.BeginGroup(group), end = columns.EndOfGroup(group);
            for (int panel = PackedColumns.FirstOfGroup(group), last; strips > 0 && panel < end; panel = last)
            {
                int inGroup = panel - PackedColumns.FirstOfGroup(group), choice = block.CanScreen ? screening.For(group, inGroup) : Screening.None;
                last = inGroup < Screening.Choices ? panel + 1 : end;
                long before = ranking.Completed;
                block.BeginScreening(choice);
                TileKernel<TVector, TSimd>.Sweep(block.Strips, block.StripCount, columns.Panels, panel, last, columns.Depth, ref ranking);
                terms += screening.Learn(choice, (long)strips * (last - panel), ranking.Completed - before);
            }
        }
        return terms / columns.Depth / ((double)block.StripCount * columns.PanelCount);
    }

    private static void Sweep<TEpilogue>(RowBlock block, ref TEpilogue epilogue, CancellationToken cancellationToken)
        where TEpilogue : struct, ITileEpilogue<TVector>
    {
        var columns = block.Columns;
        for (int group = 0; group < columns.GroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            block.BeginGroup(group);
            TileKernel<TVector, TSimd>.Sweep(
                block.Strips, block.StripCount, columns.Panels, PackedColumns.FirstOfGroup(group), columns.EndOfGroup(group), columns.Depth, ref epilogue);
        }
    }
}
