using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// Products of a tile of eight rows, as attention needs them: eight sums in registers, one load for eight multiply-adds. Matrices are row
/// by row, their strides multiples of 16.
/// </summary>
internal static unsafe class AttentionTiles
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>Lanes that widths are padded to.</summary>
    public const int Lanes = 16;

    /// <summary><c>result [8, columns] = a [8, depth] b [depth, columns]</c>, columns a multiple of 16.</summary>
    public static void Multiply(float* a, int aStride, float* b, int bStride, int depth, int columns, float* result, int resultStride)
    {
        for (int j = 0; j < columns; j += Lanes)
        {
            // s0 to s7 are 16 columns of the result's eight rows; they and x take nine of the 32 registers of 512 bits. The order in which
            // a sum is added is that of depth, whatever registers the machine has.
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            float* column = b + j, row = a;
            for (int c = 0; c < depth; c++, column += bStride, row++)
            {
                var x = Vector512.Load(column);
                s0 = Add(row[0], x, s0);
                s1 = Add(row[aStride], x, s1);
                s2 = Add(row[2 * aStride], x, s2);
                s3 = Add(row[3 * aStride], x, s3);
                s4 = Add(row[4 * aStride], x, s4);
                s5 = Add(row[5 * aStride], x, s5);
                s6 = Add(row[6 * aStride], x, s6);
                s7 = Add(row[7 * aStride], x, s7);
            }
            float* to = result + j;
            s0.Store(to);
            s1.Store(to + resultStride);
            s2.Store(to + 2 * resultStride);
            s3.Store(to + 3 * resultStride);
            s4.Store(to + 4 * resultStride);
            s5.Store(to + 5 * resultStride);
            s6.Store(to + 6 * resultStride);
            s7.Store(to + 7 * resultStride);
        }
    }

    /// <summary><c>sums [count, width] += a' b</c> for <c>a [8, count]</c> and <c>b [8, width]</c>, width a multiple of 16.</summary>
    public static void AddTransposed(float* a, int aStride, float* b, int width, int count, float* sums)
    {
        for (int d = 0; d < width; d += Lanes)
        {
            float* rows = b + d;
            // 16 columns of b's eight rows stay in registers while they are added, each times its factor, to every row of sums.
            var b0 = Vector512.Load(rows);
            var b1 = Vector512.Load(rows + width);
            var b2 = Vector512.Load(rows + (2 * width));
            var b3 = Vector512.Load(rows + (3 * width));
            var b4 = Vector512.Load(rows + (4 * width));
            var b5 = Vector512.Load(rows + (5 * width));
            var b6 = Vector512.Load(rows + (6 * width));
            var b7 = Vector512.Load(rows + (7 * width));
            float* to = sums + d;
            float* column = a;
            for (int j = 0; j < count; j++, to += width, column++)
            {
                // Two chains of four, so that one need not wait for the other.
                var even = Add(column[0], b0, Vector512.Load(to));
                var odd = Vector512.Create(column[aStride]) * b1;
                even = Add(column[2 * aStride], b2, even);
                odd = Add(column[3 * aStride], b3, odd);
                even = Add(column[4 * aStride], b4, even);
                odd = Add(column[5 * aStride], b5, odd);
                even = Add(column[6 * aStride], b6, even);
                odd = Add(column[7 * aStride], b7, odd);
                (even + odd).Store(to);
            }
        }
    }

    /// <summary>Scores of a query become <c>exp(score - largest)</c> up to its own position, and 0 after it.</summary>
    /// <returns>The largest score and the sum.</returns>
    public static (float Largest, float Sum) Exponentiate(float* scores, int valid, int columns)
    {
        new Span<float>(scores + valid, columns - valid).Fill(float.NegativeInfinity);
        var maxima = Vector512.Create(float.NegativeInfinity);
        for (int j = 0; j < columns; j += Lanes)
            maxima = Vector512.Max(maxima, Vector512.Load(scores + j));
        float largest = maxima[0];
        for (int lane = 1; lane < Lanes; lane++)
            largest = Math.Max(largest, maxima[lane]);
        float sum = Exponentiate(scores, columns, largest) + 0 * largest; // NaN scores give NaN
        new Span<float>(scores + valid, columns - valid).Clear();
        return (largest, sum);
    }

    /// <summary>Scores of a query become <c>exp(score - shift)</c> up to its own position, and 0 after it.</summary>
    public static void Probabilities(float* scores, int valid, int columns, float shift)
    {
        Exponentiate(scores, columns, shift);
        new Span<float>(scores + valid, columns - valid).Clear();
    }

    /// <summary><c>slopes = probabilities (slopes - mean)</c>: from the gradient by probabilities to that by scores.</summary>
    public static void Slopes(float* probabilities, float* slopes, int columns, float mean)
    {
        var means = Vector512.Create(mean);
        for (int j = 0; j < columns; j += Lanes)
            (Vector512.Load(probabilities + j) * (Vector512.Load(slopes + j) - means)).Store(slopes + j);
    }

    private static float Exponentiate(float* scores, int columns, float shift)
    {
        var shifts = Vector512.Create(shift);
        var sums = Vector512<float>.Zero;
        for (int j = 0; j < columns; j += Lanes)
        {
            // Scores after the query's own position may lie above the largest; they are cleared, and must only stay finite.
            var x = Vector512.Min(Vector512.Load(scores + j) - shifts, Vector512.Create(1f));
            var e = VectorExp<Vector512<float>, Simd512>.Of(VectorExp<Vector512<float>, Simd512>.Clamp(x));
            e.Store(scores + j);
            sums += e;
        }
        return Vector512.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float left, Vector512<float> right, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(left), right, sum);
}
