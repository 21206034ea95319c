using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>
/// Exact scoring on the processor: fused tiles that never form the logits, in single precision at the machine's SIMD width, with a
/// rigorous error bound. What lies within the bound is decided in double or exactly, so ranks and top tokens are the same on every
/// machine, at any number of threads and for any split into blocks.
/// </summary>
public sealed class CpuEngine : IScoringEngine
{
    // 192 strips: a panel's load into the nearest cache, and a group's thresholds, are spread over so many tiles that they do not show.
    private const int MostBlockRows = 768;

    // 8 strips for each load of a panel, however long rows are.
    private const int LeastBlockRows = 32;

    // What a block's packed rows and its candidates may take, in bytes: they should stay in a core's own cache.
    private const int BlockBytes = 768 * 1024;

    /// <summary>An engine with its own limit on parallelism.</summary>
    /// <param name="maxDegreeOfParallelism">Most threads a call uses; -1 for one per core.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is 0 or below -1.</exception>
    public CpuEngine(int maxDegreeOfParallelism = -1) : this(maxDegreeOfParallelism, BestWidth) { }

    internal CpuEngine(int maxDegreeOfParallelism, SimdWidth width)
    {
        if (maxDegreeOfParallelism is 0 or < -1)
        {
            string message = $"maxDegreeOfParallelism must be positive, or -1 for all cores, was {maxDegreeOfParallelism}.";
            throw new ArgumentOutOfRangeException(nameof(maxDegreeOfParallelism), maxDegreeOfParallelism, message);
        }
        Threads = maxDegreeOfParallelism < 0 ? Environment.ProcessorCount : maxDegreeOfParallelism;
        Width = width;
    }

    /// <summary>The engine that is used where none is given: a thread per core.</summary>
    public static CpuEngine Shared { get; } = new();

    /// <summary>Most threads a call uses.</summary>
    internal int Threads { get; }

    /// <summary>How wide its vectors are.</summary>
    internal SimdWidth Width { get; }

    /// <summary>What of the work is saved by bounds; null for what pays. Results are the same.</summary>
    internal SavedWork? SavedWork { get; init; }

    /// <summary>
    /// The same with 16 lanes wherever multiply-add is fused: losses are sums over lanes, and their last bits are then those of every such
    /// machine. Where vectors are shorter, several stand for one, which takes longer.
    /// </summary>
    internal CpuEngine WithEqualBits() =>
        FusedArithmetic.IsSupported ? new(Threads, SimdWidth.Bits512) { SavedWork = SavedWork } : this;

    /// <inheritdoc/>
    public int PreferredRows => MostBlockRows * Threads;

    /// <summary>The instructions that this machine's kernels are made of: <c>AVX-512</c>, <c>AVX2</c>, or what there is.</summary>
    public static string InstructionSet => BestWidth switch
    {
        SimdWidth.Bits512 => "AVX-512",
        SimdWidth.Bits256 => Avx2.IsSupported ? "AVX2" : "256-bit vectors",
        SimdWidth.Bits128 => AdvSimd.IsSupported ? "NEON" : "128-bit vectors",
        SimdWidth.Bits128Unfused => "128-bit vectors",
        _ => "scalar",
    };

    private static SimdWidth BestWidth
    {
        get
        {
            if (Vector512.IsHardwareAccelerated)
                return SimdWidth.Bits512;
            if (Vector256.IsHardwareAccelerated)
                return SimdWidth.Bits256;
            if (!Vector128.IsHardwareAccelerated)
                return SimdWidth.Scalar;
            return FusedArithmetic.IsSupported ? SimdWidth.Bits128 : SimdWidth.Bits128Unfused;
        }
    }

    /// <inheritdoc/>
    public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
        CancellationToken cancellationToken = default)
    {
        ScoringArguments.Require(columns, rows.Span, labels.Span, scores);
        switch (Width)
        {
            case SimdWidth.Bits512:
                Score<Vector512<float>, Simd512, Bytes512>(columns, rows, labels, scores, cancellationToken);
                break;
            case SimdWidth.Bits256 when AvxVnni.IsSupported:
                Score<Vector256<float>, Simd256, Bytes256Vnni>(columns, rows, labels, scores, cancellationToken);
                break;
            case SimdWidth.Bits256:
                Score<Vector256<float>, Simd256, Bytes256>(columns, rows, labels, scores, cancellationToken);
                break;
            case SimdWidth.Bits128Unfused when !scores.Options.HasSoftmax: // ranks and top tokens, which a bound certifies
                Score<Vector128<float>, Simd128Unfused, Bytes128>(columns, rows, labels, scores, cancellationToken);
                break;
            case SimdWidth.Bits128 or SimdWidth.Bits128Unfused:
                Score<Vector128<float>, Simd128, Bytes128>(columns, rows, labels, scores, cancellationToken);
                break;
            default:
                Score<float, SimdScalar, BytesScalar>(columns, rows, labels, scores, cancellationToken);
                break;
        }
    }

    private unsafe void Score<TVector, TSimd, TBytes>(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels,
        ScoredRows scores, CancellationToken cancellationToken)
        where TVector : unmanaged
        where TSimd : struct, ISimd<TVector>
        where TBytes : struct, IByteSimd<TVector>
    {
        int count = rows.Length / columns.Rank, recheckedRows = 0;
        int blockRows = BlockRows(count, columns.Rank, scores.Options.TopK);
        var packed = PackedColumns.Of(columns, BlockScorer<TVector, TSimd, TBytes>.Width);
        bool screeningPays = count >= TileScreening.LeastRows && Width != SimdWidth.Scalar;
        var savings = SavedWork ?? (screeningPays ? Core.SavedWork.PanelsAndTiles : Core.SavedWork.Panels);
        using var pinned = rows.Pin();
        float* values = (float*)pinned.Pointer;
        var blocks = ScoringBlocks.Of(scores, packed, savings, TSimd.IsFused, blockRows);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancellationToken };
        var shares = new double[(count + blockRows - 1) / blockRows];
        Parallel.For(0, shares.Length, options, index =>
        {
            var block = blocks.Take();
            int first = index * blockRows;
            block.Load(values, labels.Span, first, Math.Min(blockRows, count - first));
            shares[index] = BlockScorer<TVector, TSimd, TBytes>.Score(block, scores, cancellationToken) * block.Count;
            Interlocked.Add(ref recheckedRows, block.RecheckedRows);
            blocks.GiveBack(block);
        });
        scores.RecheckedRows = recheckedRows;
        scores.ComputedShare = count == 0 ? 1 : shares.Sum() / count;
    }

    // An even share for each thread, in whole strips, as long as that fits the cache.
    private int BlockRows(int count, int rank, int topK)
    {
        int fitting = BlockBytes / (rank * sizeof(float) + CandidateSet.BytesOf(topK));
        int share = (count + Threads - 1) / Threads;
        int rows = Math.Clamp(share, 1, Math.Clamp(fitting, LeastBlockRows, MostBlockRows));
        return (rows + ScoringBlock.TileRows - 1) / ScoringBlock.TileRows * ScoringBlock.TileRows;
    }
}
