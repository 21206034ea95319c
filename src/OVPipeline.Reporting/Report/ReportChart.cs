using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>Charts of a report. Series are told apart by the colour-blind, and lines in grey too.</summary>
public static class ReportChart
{
    private const int Scale = 2; // drawn twice as large as shown

    private static readonly Color s_grid = Color.FromHex("#E6EAED"), s_ink = Color.FromHex("#1D2328");

    /// <summary>Lines over a linear or a logarithmic axis, with intervals where a series has them.</summary>
    /// <param name="id">Name of the picture.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">How to read it.</param>
    /// <param name="xLabel">The horizontal axis, with its unit.</param>
    /// <param name="yLabel">The vertical axis, with its unit.</param>
    /// <param name="series">One or more lines.</param>
    /// <param name="xTicks">Positions to label, on a logarithmic axis of base 2; null for a linear axis with ticks of its own.</param>
    /// <param name="yRange">Ends of the vertical axis, or null.</param>
    /// <exception cref="ArgumentException">There is no series, there are more than can be told apart, or lengths differ.</exception>
    public static ReportPicture Lines(string id, string title, string caption, string xLabel, string yLabel, IReadOnlyList<ChartSeries> series,
        IReadOnlyList<double>? xTicks = null, (double Low, double High)? yRange = null)
    {
        using var plot = LinePlot(xLabel, yLabel, series, xTicks, yRange);
        return Finish(plot, id, title, caption, 760, 440);
    }

    /// <summary>The plot of <see cref="Lines"/>, which the caller disposes of.</summary>
    internal static Plot LinePlot(string xLabel, string yLabel, IReadOnlyList<ChartSeries> series, IReadOnlyList<double>? xTicks, (double Low, double High)? yRange)
    {
        Require(series);
        var styles = SeriesStyle.OfLines(series);
        double At(double x) => xTicks is null ? x : Math.Log2(x);
        var plot = Start(xLabel, yLabel);
        foreach (var (one, style) in series.Zip(styles))
        {
            var line = plot.Add.Scatter(one.X.Select(At).ToArray(), one.Y.ToArray());
            line.LegendText = one.Name;
            line.LineWidth = 2;
            line.Color = style.Colour;
            line.LinePattern = style.Pattern;
            line.MarkerShape = style.Marker;
            line.MarkerSize = 8;
            Intervals(plot, one, [.. one.X.Select(At)], line.Color, horizontal: false);
        }
        if (xTicks is not null)
            plot.Axes.Bottom.SetTicks([.. xTicks.Select(At)], [.. xTicks.Select(x => x.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        plot.Axes.Margins(0.03, 0.08);
        if (yRange is { } range)
            plot.Axes.SetLimitsY(range.Low, range.High);
        Legend(plot, series.Count);
        return plot;
    }

    /// <summary>Groups of horizontal bars, one bar of each series in a group, with intervals where a series has them.</summary>
    /// <param name="id">Name of the picture.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">How to read it.</param>
    /// <param name="valueLabel">What the bars' lengths are, with the unit.</param>
    /// <param name="groups">Names of the groups, from top to bottom.</param>
    /// <param name="series">One or more series of a value for each group.</param>
    /// <param name="format">How values are written at the bars' ends, as <c>0.0</c>; null for none.</param>
    /// <exception cref="ArgumentException">There is no series or no group, there are more series than colours, or lengths differ.</exception>
    public static ReportPicture Bars(string id, string title, string caption, string valueLabel, IReadOnlyList<string> groups, IReadOnlyList<ChartSeries> series, string? format = "0.0")
    {
        Require(series);
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.Count == 0 || series.Any(one => one.Y.Count != groups.Count))
            throw new ArgumentException($"A value for each of {groups.Count} groups is needed.", nameof(series));
        using var plot = BarPlot(valueLabel, groups, series, format);
        return Finish(plot, id, title, caption, 760, 110 + groups.Count * Math.Max(24, 17 * series.Count));
    }

    /// <summary>The plot of <see cref="Bars"/>, which the caller disposes of.</summary>
    internal static Plot BarPlot(string valueLabel, IReadOnlyList<string> groups, IReadOnlyList<ChartSeries> series, string? format)
    {
        var styles = SeriesStyle.OfBars(series);
        var plot = Start(valueLabel, "");
        double height = 0.8 / series.Count;
        for (int s = 0; s < series.Count; s++)
        {
            var one = series[s];
            var colour = styles[s].Colour;
            double Position(int group) => groups.Count - group + 0.4 - height * (s + 0.5);
            var bars = plot.Add.Bars(Enumerable.Range(0, groups.Count).Where(group => double.IsFinite(one.Y[group])).Select(group => new Bar
            {
                Position = Position(group),
                Value = one.Y[group],
                FillColor = colour,
                LineWidth = 0,
                Size = height * 0.92,
                Label = format is null || one.Low is not null ? "" : one.Y[group].ToString(format, System.Globalization.CultureInfo.InvariantCulture),
                Orientation = Orientation.Horizontal,
            }).ToArray());
            bars.Horizontal = true;
            bars.LegendText = series.Count > 1 ? one.Name : "";
            bars.ValueLabelStyle.FontSize = 11;
            bars.ValueLabelStyle.ForeColor = s_ink;
            Intervals(plot, one, [.. Enumerable.Range(0, groups.Count).Select(Position)], s_ink, horizontal: true);
        }
        plot.Axes.Left.SetTicks([.. groups.Select((_, i) => (double)(groups.Count - i))], [.. groups]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.YAxisStyle.IsVisible = false;
        double[] values = [.. series.SelectMany(one => one.Y.Concat(one.High ?? []).Concat(one.Low ?? [])).Where(double.IsFinite), 0];
        double span = Math.Max(values.Max() - values.Min(), 1e-9);
        plot.Axes.SetLimits(values.Min() < 0 ? values.Min() - 0.12 * span : 0, values.Max() + 0.12 * span, 0.4, groups.Count + 0.6);
        Legend(plot, series.Count);
        return plot;
    }

    private static void Require(IReadOnlyList<ChartSeries> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count == 0)
            throw new ArgumentException("A chart shows one or more series.", nameof(series));
        foreach (var one in series)
            if (one.X.Count > 0 && one.X.Count != one.Y.Count || (one.Low ?? one.Y).Count != one.Y.Count || (one.High ?? one.Y).Count != one.Y.Count)
                throw new ArgumentException($"'{one.Name}' has {one.X.Count} positions for {one.Y.Count} values, or as few ends of intervals.", nameof(series));
    }

    private static Plot Start(string xLabel, string yLabel)
    {
        var plot = new Plot { ScaleFactor = Scale };
        plot.Font.Set(ReportFonts.Sans);
        plot.FigureBackground.Color = Colors.White;
        plot.Axes.Color(s_ink);
        plot.Grid.MajorLineColor = s_grid;
        plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.XLabel(xLabel, 13);
        plot.YLabel(yLabel, 13);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        return plot;
    }

    private static void Intervals(Plot plot, ChartSeries series, double[] at, Color colour, bool horizontal)
    {
        if (series.Low is not { } low || series.High is not { } high)
            return;
        for (int i = 0; i < at.Length; i++)
        {
            if (!double.IsFinite(low[i]) || !double.IsFinite(high[i]) || high[i] <= low[i])
                continue;
            var line = horizontal ? plot.Add.Line(low[i], at[i], high[i], at[i]) : plot.Add.Line(at[i], low[i], at[i], high[i]);
            line.Color = colour;
            line.LineWidth = 1.5f;
        }
    }

    private static void Legend(Plot plot, int series)
    {
        if (series < 2)
            return;
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.FontSize = 12;
        plot.Legend.FontName = ReportFonts.Sans;
        plot.ShowLegend(Edge.Bottom);
    }

    private static ReportPicture Finish(Plot plot, string id, string title, string caption, int width, int height) =>
        new(id, title, plot.GetImageBytes(width * Scale, height * Scale, ImageFormat.Png), width, height) { Caption = caption };
}
