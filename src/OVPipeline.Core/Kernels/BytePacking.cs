namespace OVPipeline.Core;

/// <summary>
/// Vectors as bytes, four to a 32-bit lane: scaled, rounded, and for rows moved up by <see cref="RowOffset"/>, as the machine
/// multiplies unsigned bytes by signed ones.
/// </summary>
/// <remarks>
/// A lane's two 16-bit sums take the terms k with k mod 4 in {0, 1} and in {2, 3}: a vector's two halves. Scales are such that by
/// Cauchy and Schwarz neither half's sum leaves 16 bits; sums wrap around on the way, the row's offset is taken off where they start,
/// and two products never saturate: 127 x 127 x 2 is below 2^15.
/// <code>
///   a row's vector     k:     0   1   2   3 | 4   5   6   7 | ...      unsigned bytes: the rounded value + 64, in [1, 127]
///   a column's vector  k:     0   1   2   3 | 4   5   6   7 | ...      signed bytes: the rounded value, in [-127, 127]
///                            \__/    \__/
///   lane 0, 32 bits:          low    high                              16-bit sums: low += r0 c0 + r1 c1, high += r2 c2 + r3 c3
///   the column's start:   -64 (c0 + c1 + c4 + c5 + ...), -64 (c2 + c3 + c6 + c7 + ...)     takes the 64s off again
///   the logit's sum:           low + high
/// </code>
/// </remarks>
internal static unsafe class BytePacking
{
    /// <summary>What is added to a row's values, which lie in [-63, 63].</summary>
    public const int RowOffset = 64;

    /// <summary>
    /// The largest scaled value of a row and of a column: those that still round to 63 and to 127, with room for their own rounding.
    /// </summary>
    public const double RowLimit = 63.49, ColumnLimit = 127.49;

    // Bytes of a lane.
    private const int Together = 4;

    // Covers the roundings of the scaled values themselves, which are computed in double: each is at most 128 and off by 2^-46, so a
    // vector of 2^30 is off by less.
    private const double Slack = 1e-9;

    /// <summary>Lanes that a vector takes.</summary>
    public static int DepthOf(int depth) => (depth + Together - 1) / Together;

    /// <summary>Two sums in the 16-bit halves of a lane; what is beyond 16 bits wraps around.</summary>
    public static float Halves(int low, int high) => BitConverter.Int32BitsToSingle((low & 0xFFFF) | (high << 16));

    /// <summary>The scale for vectors whose halves have at most these norms, and whose values at most this size; 0 for zeros.</summary>
    public static double ScaleOf(double halfNorm, double largest, double limit, int depth)
    {
        // By Cauchy and Schwarz the sum of a half is at most the product of the rounded halves' norms, sqrt(32767) each. Rounding adds at
        // most 1/2 to each of a half's values, two a lane, and so at most sqrt(2 lanes) / 2 to its norm.
        // A half's integers, one by one multiplied with 1, add up to 16 bits likewise.
        double count = 2.0 * DepthOf(depth), most = Math.Min(Math.Sqrt(short.MaxValue), short.MaxValue / Math.Sqrt(count));
        double norm = most - Math.Sqrt(count) / 2;
        return halfNorm > 0 ? Math.Min(norm / halfNorm, limit / largest) : 0;
    }

    /// <summary>The larger norm of a vector's two halves, and its largest size.</summary>
    public static (double HalfNorm, double Largest) Measure(float* values, int stride, int depth)
    {
        double low = 0, high = 0, largest = 0;
        for (int k = 0; k < depth; k++, values += stride)
        {
            double value = *values;
            largest = Math.Max(largest, Math.Abs(value));
            if (k % Together < Together / 2)
                low += value * value;
            else
                high += value * value;
        }
        return (ErrorBound.Norm(Math.Max(low, high)), largest);
    }

    /// <summary>Rounds a vector.</summary>
    /// <param name="values">Its first value.</param>
    /// <param name="stride">From one value to the next.</param>
    /// <param name="depth">How many there are.</param>
    /// <param name="scale">What they are multiplied with.</param>
    /// <param name="offset">What is added to the integers.</param>
    /// <param name="bytes">Where the first four go.</param>
    /// <param name="byteStride">From four to the next four, in lanes.</param>
    /// <returns>A bound on the norm of what rounding changed, and the sums of each half's integers, two of 16 bits.</returns>
    public static (double Error, float Sums) Round(
        float* values, int stride, int depth, double scale, int offset, float* bytes, int byteStride)
    {
        double squares = 0;
        int low = 0, high = 0;
        for (int k = 0; k < depth; k += Together, bytes += byteStride)
        {
            int a = Rounded(k), b = Rounded(k + 1), c = Rounded(k + 2), d = Rounded(k + 3);
            low += a + b;
            high += c + d;
            *(int*)bytes = Byte(a) | (Byte(b) << 8) | (Byte(c) << 16) | (Byte(d) << 24);
        }
        return (Math.Sqrt(squares) + Slack, Halves(low, high));

        int Byte(int value) => (value + offset) & 0xFF;

        int Rounded(int k)
        {
            double exact = k < depth ? values[(nint)k * stride] * scale : 0, rounded = Math.Round(exact);
            squares += (exact - rounded) * (exact - rounded);
            return (int)rounded;
        }
    }
}
