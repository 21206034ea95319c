namespace OVPipeline.Core;

/// <summary>
/// Rigorous bounds on what rounding does to a dot product (after Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
/// </summary>
/// <remarks>
/// A chain of fused multiply-adds rounds once a term, each time by at most u times the partial sum that it leaves. Summed over the r
/// partial sums, and by the inequality of Cauchy and Schwarz, that is at most <c>u W(h) W(g)</c>, where
/// <c>W(x)^2 = sum over m of (r - m + 1) x_m^2</c>: a term is in all the partial sums from its own on. This is about half the textbook
/// bound <c>r u |h| |g|</c>, and less where the last terms are the large ones. A chain that is not fused rounds every product too: term m
/// then is in <c>r - m + 2</c> roundings rather than <c>r - m + 1</c>, at most twice as many.
/// </remarks>
internal static class ErrorBound
{
    private const double SingleUnit = 1.0 / (1 << 24), DoubleUnit = SingleUnit / (1 << 29);

    private const double SmallestNormal = (1 << 23) * (double)float.Epsilon;

    // Covers the roundings of the bounds themselves, which are computed in double.
    private const double Slack = 1 + 1e-9;

    /// <summary>A norm, or W, from its square as computed in double: not below the true one.</summary>
    public static double Norm(double squares) => Math.Sqrt(squares) * Slack;

    /// <summary>
    /// What to multiply W(h) W(g) with, to bound the error of a single-precision chain of a depth; second-order terms included.
    /// </summary>
    public static double Single(int depth, bool isFused = true) =>
        isFused ? SingleUnit * (1 + 2 * depth * SingleUnit) * Slack : 2 * Single(depth + 1);

    /// <summary>What to add to it, for results too small to be normal numbers.</summary>
    public static double Underflow(int depth) => depth * (double)float.Epsilon;

    /// <summary>
    /// What to multiply |h| |g| with, to bound the error of a single-precision sum in any order, with or without fused multiply-add:
    /// Higham's gamma.
    /// </summary>
    public static double SingleInAnyOrder(int depth) => depth * SingleUnit / (1 - depth * SingleUnit) * Slack;

    /// <summary>
    /// What to add to it for arithmetic that may take numbers too small to be normal for zero, of factors of these norms.
    /// </summary>
    public static double Flushed(int depth, double h, double g) => 2 * SmallestNormal * (Math.Sqrt(depth) * (h + g) + 2 * depth);

    /// <summary>What to multiply |h| |g| with, to bound the error of a double-precision sum of exact products in any order.</summary>
    public static double Double(int depth) => depth * DoubleUnit * Slack;

    /// <summary>
    /// What to multiply a sum of magnitudes with, to bound the error of so many double-precision operations in any order: Higham's gamma.
    /// </summary>
    public static double DoubleInAnyOrder(long operations) => operations * DoubleUnit / (1 - operations * DoubleUnit) * Slack;

    /// <summary>The largest |h| |g| for which no partial sum can overflow in single precision.</summary>
    public const double LargestSafe = float.MaxValue / 4;

    /// <summary>A single-precision number below <paramref name="bound"/>: whatever is at least the bound is above it.</summary>
    public static float Below(double bound)
    {
        float value = (float)bound;
        return value >= bound ? MathF.BitDecrement(value) : value;
    }

    /// <summary>A single-precision number that is at least <paramref name="bound"/>: whatever is above it is above the bound.</summary>
    public static float AtLeast(double bound)
    {
        float value = (float)bound;
        return value < bound ? MathF.BitIncrement(value) : value;
    }
}
