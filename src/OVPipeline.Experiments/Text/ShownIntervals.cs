using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Intervals as the experiments show them.</summary>
internal static class ShownIntervals
{
    private const double Level = 0.95;

    /// <summary>A figure without an interval; without a number, a figure that is not given.</summary>
    public static ConfidenceInterval None(double estimate = double.NaN) => new(estimate, double.NaN, double.NaN, Level);

    /// <summary>The mean of repeats, with its interval where there are several.</summary>
    public static ConfidenceInterval OfMean(IReadOnlyList<double> values) => values.Count > 1 ? MeanInterval.Of(values) : None(values[0]);

    /// <summary>Figures as a series of a chart, their intervals as its bars.</summary>
    public static ChartSeries Series(string name, IReadOnlyList<double> at, IReadOnlyList<ConfidenceInterval> figures, double scale = 1) =>
        new(name, at, [.. figures.Select(one => scale * one.Estimate)])
        {
            Low = [.. figures.Select(one => scale * one.Low)],
            High = [.. figures.Select(one => scale * one.High)],
        };
}
