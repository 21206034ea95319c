using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>
/// Blocked matrix product on the tile kernel. A task owns a block of the result and goes through the depth in order, so the bits depend
/// on neither the number of threads nor the SIMD width.
/// </summary>
internal static unsafe class BlockedProduct
{
    // A packed block of rows stays in the second-level cache, a packed panel nearly in the first.
    private const int BlockRows = 192, BlockColumns = 480, BlockDepth = 256;

    private const int LargestTile = 4 * 3 * 16;

    // Kept from product to product: small products would spend their time on getting it.
    [ThreadStatic]
    private static Workspace? t_workspace;

    /// <summary>The sums of products of each left with each right vector, [left.Count, right.Count].</summary>
    public static Matrix Of(PackSource left, PackSource right, CancellationToken cancellationToken)
    {
        var product = new Matrix(left.Count, right.Count);
        AddTo(product, left, right, cancellationToken);
        return product;
    }

    /// <summary>Overwrites a matrix [left.Count, right.Count] with the sums of products.</summary>
    public static void Into(Matrix product, PackSource left, PackSource right, CancellationToken cancellationToken) =>
        Run(product, left, right, clear: true, cancellationToken);

    /// <summary>Adds the sums of products to a matrix [left.Count, right.Count], in place.</summary>
    public static void AddTo(Matrix product, PackSource left, PackSource right, CancellationToken cancellationToken) =>
        Run(product, left, right, clear: false, cancellationToken);

    private static void Run(Matrix product, PackSource left, PackSource right, bool clear, CancellationToken cancellationToken)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<float>, Simd512>(product, left, right, clear, cancellationToken);
        else if (Vector256.IsHardwareAccelerated)
            Run<Vector256<float>, Simd256>(product, left, right, clear, cancellationToken);
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

    private static void Run<TVector, TSimd>(Matrix product, PackSource left, PackSource right, bool clear, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int across = Groups(right.Count, BlockColumns), blockRows = RowsOfBlock(left.Count, across), down = Groups(left.Count, blockRows);
        Parallel.For(0, down * across, new ParallelOptions { CancellationToken = cancellationToken }, block =>
        {
            int row = block % down * blockRows, column = block / down * BlockColumns;
            int rows = Math.Min(blockRows, left.Count - row), columns = Math.Min(BlockColumns, right.Count - column);
            int strips = Groups(rows, TileKernel<TVector, TSimd>.Rows), panels = Groups(columns, TileKernel<TVector, TSimd>.Columns);
            var work = t_workspace ??= new(new(BlockRows * BlockDepth), new(BlockColumns * BlockDepth), new(LargestTile));
            if (clear)
                for (int i = row; i < row + rows; i++)
                    product.Data.AsSpan(i * product.Columns + column, columns).Clear();
            fixed (float* values = product.Data)
            {
                var epilogue = new AccumulateEpilogue<TVector, TSimd>(
                    work.Tile.Pointer, values + (nint)row * product.Columns + column, product.Columns, rows, columns);
                for (int k = 0; k < left.Depth; k += BlockDepth)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    int depth = Math.Min(BlockDepth, left.Depth - k);
                    Packing.Pack(left, row, rows, k, depth, TileKernel<TVector, TSimd>.Rows, work.Strips.Pointer);
                    Packing.Pack(right, column, columns, k, depth, TileKernel<TVector, TSimd>.Columns, work.Panels.Pointer);
                    TileKernel<TVector, TSimd>.Sweep(work.Strips.Pointer, strips, work.Panels.Pointer, 0, panels, depth, ref epilogue);
                }
            }
            GC.KeepAlive(work);
        });
    }

    // Smaller blocks where there would be too few of them to keep all cores busy.
    private static int RowsOfBlock(int rows, int blocksAcross)
    {
        long wanted = (long)rows * blocksAcross / (4 * Environment.ProcessorCount);
        return (int)Math.Clamp(wanted / 8 * 8, 32, BlockRows);
    }

    private static int Groups(int count, int size) => (count + size - 1) / size;

    private sealed record Workspace(KernelBuffer Strips, KernelBuffer Panels, KernelBuffer Tile);
}
