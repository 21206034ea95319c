using OVPipeline.Core;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Intervals of text figures: bootstrap over blocks of about 2,000 tokens. None where there are too few blocks to vary over.</summary>
internal static class BlockIntervals
{
    /// <summary>Blocks below which no interval is shown.</summary>
    public const int FewestBlocks = 5;

    private const int Samples = 1000;

    /// <summary>Any figure of blocks.</summary>
    public static ConfidenceInterval Of(int blocks, Func<IReadOnlyList<int>, double> figure)
    {
        int[] all = [.. Enumerable.Range(0, blocks)];
        if (blocks < FewestBlocks)
            return new(figure(all), double.NaN, double.NaN, 0.95);
        return BlockBootstrap.OfBlocks(all, figure, Samples);
    }

    /// <summary>The mean of a figure that every block has.</summary>
    public static ConfidenceInterval Mean(IReadOnlyList<double> values) => Of(values.Count, blocks => blocks.Average(block => values[block]));

    /// <summary>The ratio of two sums over blocks; NaN, with no interval, where the denominator's interval holds zero.</summary>
    public static ConfidenceInterval Ratio(IReadOnlyList<double> numerator, IReadOnlyList<double> denominator)
    {
        var below = Mean(denominator);
        return below.Estimate <= 0 || below.Low <= 0
            ? new(double.NaN, double.NaN, double.NaN, 0.95)
            : Of(numerator.Count, blocks => blocks.Sum(block => numerator[block]) / blocks.Sum(block => denominator[block]));
    }

    /// <summary>The ends in a sentence, <c>, from 0.1 to 0.2</c>; nothing where there are none.</summary>
    public static string Ends(ConfidenceInterval interval, string format, double scale = 1, string unit = "") => double.IsFinite(interval.Low)
        ? $", from {(scale * interval.Low).ToString(format, System.Globalization.CultureInfo.InvariantCulture)} to {(scale * interval.High).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}{unit}"
        : "";
}
