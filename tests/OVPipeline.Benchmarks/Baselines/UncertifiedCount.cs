using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>
/// Ranks in single precision, as our kernel would count them if nothing were certified: logits above the label's own, every tile
/// multiplied. What certification costs is measured against it.
/// </summary>
internal static unsafe class UncertifiedCount
{
    private const int BlockRows = 768;

    /// <summary>Labels of the first rows that are ranked first, each row's label being its own token.</summary>
    public static int Top1(TokenCircuit circuit, int rows) =>
        Vector512.IsHardwareAccelerated ? Top1<Vector512<float>, Simd512>(circuit, rows)
        : Vector256.IsHardwareAccelerated ? Top1<Vector256<float>, Simd256>(circuit, rows)
        : Vector128.IsHardwareAccelerated ? Top1<Vector128<float>, Simd128>(circuit, rows)
        : Top1<float, SimdScalar>(circuit, rows);

    private static int Top1<TVector, TSimd>(TokenCircuit circuit, int rows)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        int height = TileKernel<TVector, TSimd>.Rows, width = TileKernel<TVector, TSimd>.Columns, depth = circuit.Rank, first = 0;
        var columns = PackedColumns.Of(circuit.Columns, width);
        var source = PackSource.RowsOf(circuit.H);
        Parallel.For(0, (rows + BlockRows - 1) / BlockRows, block =>
        {
            int from = block * BlockRows, count = Math.Min(BlockRows, rows - from);
            KernelBuffer strips = new(BlockRows * depth), labels = new(BlockRows), counts = new(BlockRows);
            source.Pack(from, count, 0, depth, height, strips.Pointer);
            for (int i = 0; i < BlockRows; i++)
                labels.Pointer[i] = i < count
                    ? Logit(circuit.H.Row(from + i), columns.Column(columns.Positions[from + i]), width)
                    : float.PositiveInfinity;
            var epilogue = new CountEpilogue<TVector, TSimd>(labels.Pointer, (int*)counts.Pointer, columns);
            TileKernel<TVector, TSimd>.Sweep(
                strips.Pointer, (count + height - 1) / height, columns.Panels, 0, columns.PanelCount, depth, ref epilogue);
            int ranked = 0;
            for (int i = 0; i < count; i++)
                ranked += ((int*)counts.Pointer)[i] == 0 ? 1 : 0;
            Interlocked.Add(ref first, ranked);
            foreach (var buffer in new[] { strips, labels, counts })
                GC.KeepAlive(buffer);
        });
        GC.KeepAlive(columns);
        return first;
    }

    // In the kernel's order, so that it has the tile's bits and never beats itself.
    private static float Logit(ReadOnlySpan<float> row, float* column, int width)
    {
        float sum = 0;
        for (int k = 0; k < row.Length; k++)
            sum = MathF.FusedMultiplyAdd(row[k], column[k * width], sum);
        return sum;
    }

    private struct CountEpilogue<TVector, TSimd>(float* labels, int* counts, PackedColumns columns) : ITileEpilogue<TVector>
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
    {
        private int _slot;
        private ulong _lanes;

        public bool BeginTile(int strip, int panel)
        {
            (_slot, _lanes) = (strip * TileKernel<TVector, TSimd>.Rows, columns.Lanes(panel));
            return true;
        }

        public readonly TVector Start(int vector) => default;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void TakeRow(int row, TVector c0, TVector c1, TVector c2)
        {
            var label = TSimd.Broadcast(labels[_slot + row]);
            if (TSimd.GreaterThan(TSimd.Max(TSimd.Max(c0, c1), c2), label) == 0)
                return;
            ulong above = TSimd.GreaterThan(c0, label) | (ulong)TSimd.GreaterThan(c1, label) << TSimd.Lanes
                | (ulong)TSimd.GreaterThan(c2, label) << 2 * TSimd.Lanes;
            counts[_slot + row] += BitOperations.PopCount(above & _lanes);
        }

        public readonly void EndTile() { }
    }
}
