namespace OVPipeline.Torch;

/// <summary>How much less heads attend to a position for each step between (Press et al. 2022).</summary>
internal static class AlibiSlopes
{
    /// <summary>
    /// The slopes of heads: 2^(-maximum h / H), h from 1, where H is a power of two. Otherwise the largest power of two below it has these,
    /// and the heads after have every other slope of twice as many.
    /// </summary>
    public static double[] Of(int heads, double maximum)
    {
        int power = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)heads + 1) / 2;
        return [.. Enumerable.Range(0, heads).Select(head => head < power
            ? Math.Pow(2, -maximum * (head + 1) / power)
            : Math.Pow(2, -maximum * ((2 * (head - power)) + 1) / (2 * power)))];
    }
}
