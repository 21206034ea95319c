using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>
/// Blocked matrix product on the tile kernel. A task owns a block of the result and goes through the depth in order, so the bits depend
/// on neither the number of threads nor, where multiply-add is fused, the SIMD width.
/// </summary>
internal static unsafe class BlockedProduct
{
    // A packed block of rows, 192 KiB, stays in the second-level cache, and a packed panel of 48 columns, 48 KiB, nearly in the first.
    // A block of less depth has as many more rows and columns: each of them is packed for fewer blocks.
    private const int BlockRows = 192, BlockColumns = 480, BlockDepth = 256;

    // 4 rows of 3 vectors of 16 lanes.
    private const int LargestTile = 4 * 3 * 16;

    // Sums that are added up across the matrix's rows cost more: the other order must leave out a tenth of the work.
    private const double LeastGain = 0.9;

    // Kept from product to product: small products would spend their time on getting it.
    [ThreadStatic]
    private static ProductWorkspace? t_workspace;

    /// <summary>
    /// The sums of products of each left with each right vector, [left.Count, right.Count]: the bits of fused multiply-add on any machine,
    /// emulated where there is none.
    /// </summary>
    public static Matrix Of(PackSource left, PackSource right, CancellationToken cancellationToken)
    {
        if (FusedArithmetic.IsSupported)
            return WithoutEmulation(left, right, cancellationToken);
        return Vector128.IsHardwareAccelerated
            ? Of<Vector128<double>, Emulated128>(left, right, cancellationToken)
            : Of<double, EmulatedScalar>(left, right, cancellationToken);
    }

    /// <summary>The same, rounded twice where multiply-add is not fused: for fits, which would take many times as long.</summary>
    public static Matrix WithoutEmulation(PackSource left, PackSource right, CancellationToken cancellationToken)
    {
        var product = new Matrix(left.Count, right.Count);
        AddTo(product, left, right, cancellationToken);
        return product;
    }

    /// <summary>Overwrites a matrix [left.Count, right.Count] with the sums of products, without emulation.</summary>
    public static void Into(Matrix product, PackSource left, PackSource right, CancellationToken cancellationToken) =>
        Run(product, left, right, clear: true, cancellationToken);

    /// <summary>Adds the sums of products to a matrix [left.Count, right.Count], in place, without emulation.</summary>
    public static void AddTo(Matrix product, PackSource left, PackSource right, CancellationToken cancellationToken) =>
        Run(product, left, right, clear: false, cancellationToken);

    private static void Run(Matrix product, PackSource left, PackSource right, bool clear, CancellationToken cancellationToken)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<float>, Simd512>(product, left, right, clear, cancellationToken);
        else if (Vector256.IsHardwareAccelerated)
            Run<Vector256<float>, Simd256>(product, left, right, clear, cancellationToken);
        else if (Vector128.IsHardwareAccelerated)
            Run<Vector128<float>, Simd128>(product, left, right, clear, cancellationToken);
        else
            Run<float, SimdScalar>(product, left, right, clear, cancellationToken);
    }

    internal static Matrix Of<TVector, TSimd>(PackSource left, PackSource right, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        var product = new Matrix(left.Count, right.Count);
        Run<TVector, TSimd>(product, left, right, clear: false, cancellationToken);
        return product;
    }

    // Strips are a few vectors high and panels many wide: a factor that would leave much of a panel empty goes into the strips.
    private static void Run<TVector, TSimd>(
        Matrix product, PackSource left, PackSource right, bool clear, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int height = TileKernel<TVector, TSimd>.Rows, width = TileKernel<TVector, TSimd>.Columns;
        double asIs = (double)Padded(left.Count, height) * Padded(right.Count, width);
        double swapped = (double)Padded(left.Count, width) * Padded(right.Count, height);
        bool swap = swapped < LeastGain * asIs;
        var (rows, columns) = swap ? (right, left) : (left, right);
        var (blockRows, blockColumns) = BlockSize(rows.Count, columns.Count, rows.Depth, width);
        int down = Groups(rows.Count, blockRows), across = Groups(columns.Count, blockColumns);
        Parallel.For(0, down * across, new ParallelOptions { CancellationToken = cancellationToken }, index =>
        {
            int row = index % down * blockRows, column = index / down * blockColumns;
            int rowCount = Math.Min(blockRows, rows.Count - row), columnCount = Math.Min(blockColumns, columns.Count - column);
            ProductBlock block = new(rows, row, rowCount, columns, column, columnCount);
            var work = t_workspace ??= new(BlockRows * BlockDepth, BlockColumns * BlockDepth, LargestTile);
            fixed (float* values = product.Data)
            {
                float* start = swap ? values + (nint)column * product.Columns + row : values + (nint)row * product.Columns + column;
                Sweep<TVector, TSimd>(block, work, start, product.Columns, swap, clear, cancellationToken);
            }
            GC.KeepAlive(work);
        });
    }

    private static void Sweep<TVector, TSimd>(
        ProductBlock block, ProductWorkspace work, float* start, int stride, bool swap, bool clear, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int height = TileKernel<TVector, TSimd>.Rows, width = TileKernel<TVector, TSimd>.Columns;
        int strips = Groups(block.RowCount, height), panels = Groups(block.ColumnCount, width);
        for (int k = 0; k < block.Rows.Depth || k == 0; k += BlockDepth)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int depth = Math.Min(BlockDepth, block.Rows.Depth - k);
            bool replaces = clear && k == 0;
            block.Rows.Pack(block.Row, block.RowCount, k, depth, height, work.Strips.Pointer);
            block.Columns.Pack(block.Column, block.ColumnCount, k, depth, width, work.Panels.Pointer);
            work.Depth = depth;
            float* rows = work.Strips.Pointer, columns = work.Panels.Pointer;
            if (swap)
            {
                var epilogue = new TransposedAccumulateEpilogue<TVector, TSimd>(
                    work, start, stride, block.RowCount, block.ColumnCount, replaces);
                TileKernel<TVector, TSimd>.Sweep(rows, strips, columns, 0, panels, depth, ref epilogue);
            }
            else
            {
                var epilogue = new AccumulateEpilogue<TVector, TSimd>(work, start, stride, block.RowCount, block.ColumnCount, replaces);
                TileKernel<TVector, TSimd>.Sweep(rows, strips, columns, 0, panels, depth, ref epilogue);
            }
        }
    }

    // As large as the caches allow, unless there would be too few blocks to keep all cores busy: then narrower, at last lower ones.
    private static (int Rows, int Columns) BlockSize(int rows, int columns, int depth, int width)
    {
        int wanted = 4 * Environment.ProcessorCount; // the last of so many to end keeps the others waiting for a quarter of a core's share
        int shallow = Math.Max(1, BlockDepth / Math.Max(1, depth)), mostRows = shallow * BlockRows, mostColumns = shallow * BlockColumns;
        int down = Groups(rows, mostRows);
        int blockColumns = Math.Clamp(Padded(Groups(columns * down, wanted), width), width, mostColumns / width * width);
        long blockRows = ((long)rows * Groups(columns, blockColumns) + wanted - 1) / wanted;
        // Whole strips; lower ones than 8 strips would be packed for too few tiles.
        return ((int)Math.Clamp((blockRows + 7) / 8 * 8, 32, mostRows), blockColumns);
    }

    private static int Padded(int count, int size) => Groups(count, size) * size;

    private static int Groups(int count, int size) => (count + size - 1) / size;

    private readonly record struct ProductBlock(PackSource Rows, int Row, int RowCount, PackSource Columns, int Column, int ColumnCount);
}
