using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>Ranks all sums in one sweep over the columns: each part's tiles are summed once, and every sum adds up tiles.</summary>
/// <remarks>
/// <code>
///   for each panel of columns:
///       for each part:                     tiles[part][strip] = strip times panel, 4 rows by 3 vectors   (TileKernel)
///       for each strip, for each sum:      tiles[a][strip] + tiles[b][strip] + ..., compared with the rows' thresholds
/// </code>
/// A panel of a part stays in the nearest cache for all strips, and a strip's tiles for all sums.
/// </remarks>
internal static unsafe class SumSweep
{
    // What a block's packed rows and its tiles may take, in bytes: half of a core's own cache, beside the panels of all parts.
    private const int BlockBytes = 512 * 1024;

    // Panels come from memory once a block: fewer rows than 32 would wait for them.
    private const int LeastBlockRows = 32, MostBlockRows = 256;

    /// <summary>For each sum the rank of every token in its own row, as far as they are told apart.</summary>
    public static IReadOnlyList<int[]> Ranks(CpuEngine engine, CircuitSums sums, int deepest, CancellationToken cancellationToken) =>
        engine.Width switch
        {
            SimdWidth.Bits512 => Ranks<Vector512<float>, Simd512>(engine, sums, deepest, cancellationToken),
            SimdWidth.Bits256 => Ranks<Vector256<float>, Simd256>(engine, sums, deepest, cancellationToken),
            SimdWidth.Bits128 => Ranks<Vector128<float>, Simd128>(engine, sums, deepest, cancellationToken),
            SimdWidth.Bits128Unfused => Ranks<Vector128<float>, Simd128Unfused>(engine, sums, deepest, cancellationToken),
            _ => Ranks<float, SimdScalar>(engine, sums, deepest, cancellationToken),
        };

    private static int[][] Ranks<TVector, TSimd>(CpuEngine engine, CircuitSums sums, int deepest, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int width = TileKernel<TVector, TSimd>.Columns, vocabulary = sums.Vocabulary;
        int rowBytes = sizeof(float) * sums.Parts.Sum(part => part.Rank + width);
        int share = (vocabulary + engine.Threads - 1) / engine.Threads;
        int blockRows = Math.Clamp(BlockBytes / rowBytes, LeastBlockRows, MostBlockRows);
        blockRows = (Math.Min(share, blockRows) + ScoringBlock.TileRows - 1) / ScoringBlock.TileRows * ScoringBlock.TileRows;
        int[][] chosen = [.. sums.Sums.Select(sum => sum.ToArray())];
        var ranks = chosen.Select(_ => new int[vocabulary]).ToArray();
        var columns = new SumColumns(sums.Parts, width);
        var pins = sums.Parts.Select(part => part.H.Data.AsMemory().Pin()).ToArray();
        try
        {
            var matrices = new float*[pins.Length];
            for (int part = 0; part < pins.Length; part++)
                matrices[part] = (float*)pins[part].Pointer;
            var options = new ParallelOptions { MaxDegreeOfParallelism = engine.Threads, CancellationToken = cancellationToken };
            using var blocks = new ThreadLocal<SumBlock>(() => new(columns, chosen, TSimd.IsFused, blockRows, deepest));
            Parallel.For(0, (vocabulary + blockRows - 1) / blockRows, options, index =>
            {
                var block = blocks.Value!;
                int first = index * blockRows;
                block.Load(matrices, first, Math.Min(blockRows, vocabulary - first));
                Sweep<TVector, TSimd>(block, columns, cancellationToken);
                block.Write(ranks);
            });
        }
        finally
        {
            foreach (var pin in pins)
                pin.Dispose();
        }
        return ranks;
    }

    private static void Sweep<TVector, TSimd>(SumBlock block, SumColumns columns, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int ofPart = block.StripCount * StoreEpilogue<TVector, TSimd>.TileValues;
        float* tiles = block.Tiles;
        var open = block.Open;
        for (int group = 0; group < columns.GroupCount && open.Any; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            block.BeginGroup(group);
            for (int panel = SumColumns.FirstOfGroup(group); panel < columns.EndOfGroup(group) && open.Any; panel++)
            {
                for (int part = 0; part < columns.Parts.Length; part++)
                {
                    int depth = columns.Parts[part].Depth;
                    float* panels = columns.Parts[part].Panels.Pointer;
                    var store = new StoreEpilogue<TVector, TSimd>(tiles + part * ofPart, open.StripsOf(part));
                    TileKernel<TVector, TSimd>.Sweep(block.Strips(part), block.StripCount, panels, panel, panel + 1, depth, ref store);
                }
                for (int strip = 0; strip < block.StripCount; strip++)
                    Compare<TVector, TSimd>(block, strip, panel, tiles + strip * StoreEpilogue<TVector, TSimd>.TileValues, ofPart);
            }
        }
        GC.KeepAlive(block);
        GC.KeepAlive(columns);
    }

    // Adds up the tiles of a strip for each sum that is open in it, and counts what comes before the rows' labels.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compare<TVector, TSimd>(SumBlock block, int strip, int panel, float* tiles, int ofPart)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        const int Rows = ScoringBlock.TileRows;
        int width = TileKernel<TVector, TSimd>.Columns;
        var open = block.Open;
        int* sums = open.SumsOf(strip);
        int end = open.CountOf(strip), kept = 0;
        ulong lanes = block.Columns.Lanes(panel);
        for (int i = 0; i < end; i++)
        {
            int sum = sums[i], partCount = block.PartCounts[sum];
            int* parts = block.PartsOf(sum), counts = block.Counts(strip) + sum * Rows;
            float* low = block.Low(strip) + sum * Rows, high = block.High(strip) + sum * Rows, tile = tiles;
            for (int row = 0; row < Rows; row++, tile += width)
            {
                float* from = tile + (nint)parts[0] * ofPart;
                TVector c0 = TSimd.Load(from), c1 = TSimd.Load(from + TSimd.Lanes), c2 = TSimd.Load(from + 2 * TSimd.Lanes);
                for (int part = 1; part < partCount; part++)
                {
                    from = tile + (nint)parts[part] * ofPart;
                    c0 = TSimd.Add(c0, TSimd.Load(from));
                    c1 = TSimd.Add(c1, TSimd.Load(from + TSimd.Lanes));
                    c2 = TSimd.Add(c2, TSimd.Load(from + 2 * TSimd.Lanes));
                }
                ulong notBelow = lanes & RankingEpilogue<TVector, TSimd>.Above(c0, c1, c2, low[row]);
                if (notBelow == 0)
                    continue;
                ulong above = lanes & RankingEpilogue<TVector, TSimd>.Above(c0, c1, c2, high[row]);
                counts[row] += BitOperations.PopCount(above);
                if (above != notBelow)
                    block.Decide(sum, strip * Rows + row, panel, notBelow & ~above);
            }
            sums[kept] = sum;
            kept += open.IsOpen(counts) ? 1 : 0;
        }
        if (kept < end)
            open.Keep(strip, kept);
    }
}
