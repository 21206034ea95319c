using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>Names of few series beside what they name, in the place of a legend.</summary>
internal static class DirectLabels
{
    /// <summary>Of the text, in CSS pixels.</summary>
    public const int Size = 12;

    private const int MostSeries = 5, LongestName = 180; // longer ones leave too little of the picture to lines
    private const int LineOfText = 17, OutsideTheAxes = 80; // in CSS pixels

    /// <summary>
    /// Names lines at their ends, in the order of these. Where two ends are closer than a line of text, their names are moved apart.
    /// </summary>
    /// <param name="plot">The plot, with its lines and its margins.</param>
    /// <param name="series">Its lines.</param>
    /// <param name="height">Of the picture, in CSS pixels.</param>
    /// <returns>Whether they are named; not where there are many, or where they end at several places.</returns>
    public static bool AtLineEnds(Plot plot, IReadOnlyList<ChartSeries> series, int height)
    {
        if (series.Count is < 2 or > MostSeries || series.Any(one => PictureStyle.LengthOf(one.Name, Size) > LongestName))
            return false;
        int[] last = [.. series.Select(one => one.Y.Index().LastOrDefault(point => double.IsFinite(point.Item), (-1, 0)).Index)];
        if (last.Contains(-1) || series.Zip(last, (one, i) => one.X[i]).Distinct().Count() > 1)
            return false;
        plot.Axes.AutoScale();
        var limits = plot.Axes.GetLimits();
        plot.Axes.SetLimits(limits);
        double gap = limits.VerticalSpan * LineOfText / Math.Max(height - OutsideTheAxes, LineOfText);
        (ChartSeries Series, double End)[] ends = [.. series.Zip(last, (one, i) => (one, one.Y[i])).OrderBy(end => end.Item2)];
        plot.Axes.Right.SetTicks(Apart([.. ends.Select(end => end.End)], gap, limits.Top), [.. ends.Select(end => end.Series.Name)]);
        plot.Axes.SetLimitsY(limits.Bottom, limits.Top, plot.Axes.Right);
        plot.Axes.Right.MajorTickStyle.Length = 0;
        plot.Axes.Right.TickLabelStyle.FontSize = Size;
        return true;
    }

    /// <summary>Names the bars of one group: where there is most room.</summary>
    /// <param name="plot">The plot, with its bars and its limits.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="position">Where the bar of a series in a group stands.</param>
    /// <param name="width">Of the picture, in CSS pixels.</param>
    /// <returns>Whether they are named; not where there are many, or where no group has a bar of each.</returns>
    public static bool AtBars(Plot plot, ReportChart chart, Func<int, int, double> position, int width)
    {
        var series = chart.Series;
        int[] whole = [.. Enumerable.Range(0, chart.Groups!.Count).Where(group => series.All(one => double.IsFinite(one.Y[group])))];
        if (series.Count is < 2 or > MostSeries || whole.Length == 0)
            return false;
        double End(ChartSeries one, int group) => Math.Max(0, double.MaxNumber(one.Y[group], one.High?[group] ?? double.NaN));
        int group = whole.MinBy(group => series.Max(one => End(one, group)));
        var limits = plot.Axes.GetLimits();
        double across = Math.Max(width - OutsideTheAxes - chart.Groups.Max(name => PictureStyle.LengthOf(name, Size)), width / 3.0);
        double right = limits.Right;
        foreach (var (s, one) in series.Index())
        {
            string value = one.Y[group] < 0 ? "" : ChartDrawing.ValueLabel(chart, one, group);
            double before = value.Length == 0 ? 8 : 14 + PictureStyle.LengthOf(value, Size);
            var text = PictureStyle.Write(plot, one.Name, End(one, group), position(s, group), Size);
            text.OffsetX = (float)before;
            // The name ends within the axis: end + (before + name) / across * (right - left) <= right.
            double share = Math.Min((before + PictureStyle.LengthOf(one.Name, Size) + 8) / across, 0.7);
            right = Math.Max(right, (End(one, group) - (share * limits.Left)) / (1 - share));
        }
        plot.Axes.SetLimitsX(limits.Left, right);
        return true;
    }

    /// <summary>Positions in rising order moved so far that none is closer to the next than a gap, or above the top.</summary>
    internal static double[] Apart(double[] rising, double gap, double top)
    {
        double[] moved = [.. rising];
        for (int i = 1; i < moved.Length; i++)
            moved[i] = Math.Max(moved[i], moved[i - 1] + gap);
        double most = top;
        for (int i = moved.Length - 1; i >= 0; i--)
        {
            moved[i] = Math.Min(moved[i], most);
            most = moved[i] - gap;
        }
        return moved;
    }
}
