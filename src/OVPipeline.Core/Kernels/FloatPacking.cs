using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>Rearranges vectors for the kernel: groups of a tile's size, and in a group, for each k, the vectors' k-th values.</summary>
/// <remarks>
/// <code>
///   vectors v0 ... v5 of depth 3, in groups of 4:
///
///     v0[0] v1[0] v2[0] v3[0]   v0[1] v1[1] v2[1] v3[1]   v0[2] v1[2] v2[2] v3[2]      first group
///     v4[0] v5[0]   0     0     v4[1] v5[1]   0     0     v4[2] v5[2]   0     0        last group, filled up with zeros
/// </code>
/// The kernel then reads one stream of memory from its start to its end.
/// </remarks>
internal static unsafe class FloatPacking
{
    /// <summary>Packs vectors; the last group is filled up with zeros.</summary>
    /// <param name="from">The first value of the first vector.</param>
    /// <param name="vectorStride">From a vector to the next, in values; 1 where <paramref name="depthStride"/> is not.</param>
    /// <param name="depthStride">From a value of a vector to the next.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="depth">Values of a vector.</param>
    /// <param name="width">Vectors in a group.</param>
    /// <param name="packed">Room for count, rounded up to whole groups, times depth values.</param>
    public static void Pack(float* from, int vectorStride, int depthStride, int count, int depth, int width, float* packed)
    {
        int whole = count / width * width;
        if (whole < count)
            new Span<float>(packed + (nint)whole * depth, width * depth).Clear();
        if (depthStride != 1)
        {
            PackAlong(from, depthStride, count, depth, width, packed);
            return;
        }
        for (int group = 0; group < count; group += width)
            PackAcross(from + (nint)group * vectorStride, vectorStride, Math.Min(width, count - group), depth, width,
                packed + (nint)group * depth);
    }

    // Neighbouring vectors are neighbours in memory, which is read from its start to its end.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackAlong(float* from, int stride, int count, int depth, int width, float* packed)
    {
        for (int k = 0; k < depth; k++, from += stride, packed += width)
            for (int group = 0; group < count; group += width)
            {
                float* source = from + group, to = packed + (nint)group * depth;
                int filled = Math.Min(width, count - group), i = 0;
                for (; i + 16 <= filled; i += 16)
                    Vector512.Load(source + i).Store(to + i);
                for (; i + 4 <= filled; i += 4)
                    Vector128.Load(source + i).Store(to + i);
                for (; i < filled; i++)
                    to[i] = source[i];
            }
    }

    // Each vector is contiguous: a transposition, four vectors at a time, and so many terms that their group stays in the nearest cache.
    private static void PackAcross(float* from, int stride, int filled, int depth, int width, float* packed)
    {
        const int Terms = 64; // of 48 vectors 12 KiB, beside what is read: within a first-level cache of 32 KiB
        for (int k = 0; k < depth; k += Terms, from += Terms, packed += (nint)Terms * width)
        {
            int terms = Math.Min(Terms, depth - k), i = 0;
            for (; i + 4 <= filled; i += 4)
            {
                float* first = from + (nint)i * stride;
                Interleave(first, first + stride, first + 2 * (nint)stride, first + 3 * (nint)stride, terms, width, packed + i);
            }
            for (; i < filled; i++)
                for (int m = 0; m < terms; m++)
                    packed[(nint)m * width + i] = from[(nint)i * stride + m];
        }
    }

    /// <summary>Packs four vectors, each contiguous, side by side into groups of a width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interleave(float* v0, float* v1, float* v2, float* v3, int depth, int width, float* packed)
    {
        int k = 0;
        if (Sse.IsSupported)
            for (; k + 4 <= depth; k += 4, packed += 4 * (nint)width)
            {
                Vector128<float> a = Vector128.Load(v0 + k), b = Vector128.Load(v1 + k);
                Vector128<float> c = Vector128.Load(v2 + k), d = Vector128.Load(v3 + k);
                Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d); // a0 b0 a1 b1, c0 d0 c1 d1
                Sse.MoveLowToHigh(ab, cd).Store(packed);
                Sse.MoveHighToLow(cd, ab).Store(packed + width);
                (ab, cd) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d)); // a2 b2 a3 b3, c2 d2 c3 d3
                Sse.MoveLowToHigh(ab, cd).Store(packed + 2 * (nint)width);
                Sse.MoveHighToLow(cd, ab).Store(packed + 3 * (nint)width);
            }
        for (; k < depth; k++, packed += width)
            Vector128.Create(v0[k], v1[k], v2[k], v3[k]).Store(packed);
    }
}
