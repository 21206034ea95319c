namespace OVPipeline.Core;

/// <summary>
/// Vectors as bytes, four to a 32-bit lane: scaled, rounded, and for rows moved up by <see cref="RowOffset"/>, as the machine
/// multiplies unsigned bytes by signed ones.
/// </summary>
/// <remarks>
/// A lane's two 16-bit sums take the terms k with k mod 4 in {0, 1} and in {2, 3}: a vector's two halves. Scales are such that by
/// Cauchy and Schwarz neither half's sum leaves 16 bits; sums wrap around on the way, the row's offset is taken off where they start,
/// and two products never saturate: 127 x 127 x 2 is below 2^15.
/// </remarks>
internal static unsafe class BytePacking
{
    /// <summary>What is added to a row's values, which lie in [-63, 63].</summary>
    public const int RowOffset = 64;

    /// <summary>The largest scaled value of a row and of a column; rounding keeps them in 63 and 127.</summary>
    public const double RowLimit = 63.49, ColumnLimit = 127.49;

    private const int Together = 4;

    // Covers the roundings of the scaled values themselves, which are computed in double.
    private const double Slack = 1e-9;

    /// <summary>Lanes that a vector takes.</summary>
    public static int DepthOf(int depth) => (depth + Together - 1) / Together;

    /// <summary>The scale for vectors whose halves have at most these norms, and whose values at most this size; 0 for zeros.</summary>
    public static double ScaleOf(double halfNorm, double largest, double limit, int depth)
    {
        // Rounding adds at most a half to each value, and so to a half's norm.
        double norm = Math.Sqrt(short.MaxValue) - Math.Sqrt(2 * DepthOf(depth)) / 2;
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
    /// <returns>A bound on the norm of what rounding changed, and minus the offset of a row times the sum of each half.</returns>
    public static (double Error, float Start) Round(float* values, int stride, int depth, double scale, int offset, float* bytes, int byteStride)
    {
        double squares = 0;
        int low = 0, high = 0;
        for (int k = 0; k < depth; k += Together, bytes += byteStride)
        {
            int a = Rounded(k), b = Rounded(k + 1), c = Rounded(k + 2), d = Rounded(k + 3);
            (low, high) = (low + a + b, high + c + d);
            *(int*)bytes = a + offset & 0xFF | (b + offset & 0xFF) << 8 | (c + offset & 0xFF) << 16 | d + offset << 24;
        }
        return (Math.Sqrt(squares) + Slack, BitConverter.Int32BitsToSingle(-RowOffset * low & 0xFFFF | -RowOffset * high << 16));

        int Rounded(int k)
        {
            double exact = k < depth ? values[(nint)k * stride] * scale : 0, rounded = Math.Round(exact);
            squares += (exact - rounded) * (exact - rounded);
            return (int)rounded;
        }
    }
}
