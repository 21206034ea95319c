using System.Globalization;
using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>Draws charts of a report. Series are told apart by the colour-blind and in grey.</summary>
public static class ChartDrawing
{
    private const int Width = 760, LineHeight = 440, DotRow = 38; // of a page's column, in CSS pixels

    // Skia draws no picture of more than 32,767 pixels in a direction.
    private const int MostHeight = 32_767 / PictureStyle.Scale;

    /// <summary>The chart as a picture.</summary>
    /// <exception cref="ArgumentException">It has more series than can be told apart, or groups than a picture can be high.</exception>
    public static ReportPicture Draw(this ReportChart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        bool bars = chart.Groups is not null;
        int row = chart.AreDots ? DotRow : Math.Max(24, 17 * chart.Series.Count);
        long height = bars ? 110 + (long)chart.Groups!.Count * row : LineHeight;
        if (height > MostHeight)
            throw new ArgumentException($"The chart '{chart.Id}' has {chart.Groups!.Count} groups, more than a picture can be high.");
        using var plot = chart.AreDots ? DotPlot(chart) : bars ? BarPlot(chart) : LinePlot(chart);
        byte[] png = plot.GetImageBytes(Width * PictureStyle.Scale, (int)height * PictureStyle.Scale, ImageFormat.Png);
        return new(chart.Id, chart.Title, png, Width, (int)height) { Caption = chart.Caption };
    }

    /// <summary>The plot of lines, which the caller disposes of.</summary>
    internal static Plot LinePlot(ReportChart chart)
    {
        var (series, xTicks) = (chart.Series, chart.XTicks);
        var styles = SeriesStyle.OfLines(series);
        double At(double x) => xTicks is null ? x : Math.Log2(x);
        var plot = Start(chart.XLabel, chart.YLabel);
        double[] all = [.. series.SelectMany(one => one.X).Select(At)];
        double beside = 0.008 * (all.Length > 0 ? all.Max() - all.Min() : 0); // intervals of several lines stand beside each other
        int withIntervals = series.Count(HasIntervals), interval = 0;
        foreach (var (one, style) in series.Zip(styles))
        {
            bool isBeside = HasIntervals(one) && withIntervals > 1;
            double shift = isBeside ? beside * (interval++ - ((withIntervals - 1) / 2.0)) : 0;
            double[] at = [.. one.X.Select(x => At(x) + shift)];
            if (one.Band)
                Band(plot, one, at, style.Colour);
            var line = plot.Add.Scatter(at, one.Y.ToArray());
            line.LegendText = one.Name;
            line.LineWidth = 2;
            line.Color = style.Colour;
            line.LinePattern = style.Pattern;
            line.MarkerShape = style.Marker;
            line.MarkerSize = 8;
            if (!one.Band)
                Intervals(plot, one, at, line.Color, horizontal: false);
        }
        if (xTicks is not null)
            plot.Axes.Bottom.SetTicks([.. xTicks.Select(At)], [.. xTicks.Select(x => x.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.Margins(0.03, 0.08);
        if (series.Count > 1 && !DirectLabels.AtLineEnds(plot, series, LineHeight))
            PictureStyle.Legend(plot, Edge.Bottom);
        return plot;
    }

    /// <summary>The plot of bars, which the caller disposes of.</summary>
    internal static Plot BarPlot(ReportChart chart)
    {
        var (series, groups) = (chart.Series, chart.Groups!);
        var styles = SeriesStyle.OfBars(series);
        var plot = Start(chart.XLabel, "");
        double height = 0.8 / series.Count;
        double Position(int s, int group) => groups.Count - group + 0.4 - height * (s + 0.5);
        for (int s = 0; s < series.Count; s++)
        {
            var (one, style) = (series[s], styles[s]);
            var bars = plot.Add.Bars(Enumerable.Range(0, groups.Count).Where(group => double.IsFinite(one.Y[group])).Select(group => new Bar
            {
                Position = Position(s, group),
                Value = one.Y[group],
                FillColor = style.Colour,
                FillHatch = style.Hatch,
                FillHatchColor = Colors.White,
                LineWidth = 1,
                LineColor = style.Colour,
                Size = height * 0.92,
                Label = ValueLabel(chart, one, group),
                Orientation = Orientation.Horizontal,
            }).ToArray());
            bars.Horizontal = true;
            bars.LegendText = series.Count > 1 ? one.Name : "";
            bars.ValueLabelStyle.FontName = ReportFonts.Sans;
            bars.ValueLabelStyle.FontSize = DirectLabels.Size - 1;
            bars.ValueLabelStyle.ForeColor = PictureStyle.Ink;
            double[] at = [.. Enumerable.Range(0, groups.Count).Select(group => Position(s, group))];
            Intervals(plot, one, at, PictureStyle.Ink, horizontal: true);
        }
        plot.Axes.Left.SetTicks([.. groups.Select((_, i) => (double)(groups.Count - i))], [.. groups]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.YAxisStyle.IsVisible = false;
        double[] values = [.. series.SelectMany(one => one.Y.Concat(one.High ?? []).Concat(one.Low ?? [])).Where(double.IsFinite), 0];
        double span = Math.Max(values.Max() - values.Min(), 1e-9);
        plot.Axes.SetLimits(values.Min() < 0 ? values.Min() - 0.12 * span : 0, values.Max() + 0.12 * span, 0.4, groups.Count + 0.6);
        if (series.Count > 1 && !DirectLabels.AtBars(plot, chart, Position, Width))
            PictureStyle.Legend(plot, Edge.Bottom);
        return plot;
    }

    /// <summary>The plot of rows of dots, which the caller disposes of.</summary>
    internal static Plot DotPlot(ReportChart chart)
    {
        var (series, groups) = (chart.Series, chart.Groups!);
        var plot = Start(chart.XLabel, "");
        foreach (var (s, (one, style)) in series.Zip(SeriesStyle.OfLines(series)).Index())
        {
            // One below the other within a row, so that equal ones are seen.
            double[] at = [.. groups.Select((_, group) => groups.Count - group + 0.33 - 0.66 * (s + 0.5) / series.Count)];
            int[] known = [.. Enumerable.Range(0, groups.Count).Where(group => double.IsFinite(one.Y[group]))];
            var dots = plot.Add.Scatter(known.Select(group => one.Y[group]).ToArray(), known.Select(group => at[group]).ToArray());
            dots.LegendText = one.Name;
            dots.LineWidth = 0;
            dots.Color = one.Reference ? PictureStyle.Ink : style.Colour;
            dots.MarkerShape = one.Reference ? MarkerShape.VerticalBar : style.Marker;
            dots.MarkerSize = one.Reference ? 14 : 8;
            Intervals(plot, one, at, PictureStyle.Ink, horizontal: true);
        }
        plot.Axes.Left.SetTicks([.. groups.Select((_, i) => (double)(groups.Count - i))], [.. groups]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Margins(0.05, 0);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0.5, groups.Count + 0.5);
        PictureStyle.Legend(plot, Edge.Bottom);
        return plot;
    }

    /// <summary>What stands at the end of a bar: its value, unless an interval stands there or none are written.</summary>
    internal static string ValueLabel(ReportChart chart, ChartSeries series, int group) =>
        chart.Format is null || (series is { Low: { } low, High: { } high } && low[group] < high[group])
            ? ""
            : series.Y[group].ToString(chart.Format, CultureInfo.InvariantCulture);

    private static bool HasIntervals(ChartSeries series) => series is { Band: false, Low: { } low } && low.Any(double.IsFinite);

    private static Plot Start(string xLabel, string yLabel)
    {
        var plot = PictureStyle.Empty();
        plot.XLabel(xLabel, 13);
        plot.YLabel(yLabel, 13);
        return plot;
    }

    // Where both ends are known; without an entry in the legend, which its line has.
    private static void Band(Plot plot, ChartSeries series, double[] at, Color colour)
    {
        if (series.Low is not { } low || series.High is not { } high)
            return;
        int[] known = [.. Enumerable.Range(0, at.Length).Where(i => double.IsFinite(low[i]) && double.IsFinite(high[i]))];
        if (known.Length < 2)
            return;
        var band = plot.Add.FillY([.. known.Select(i => at[i])], [.. known.Select(i => low[i])], [.. known.Select(i => high[i])]);
        band.FillColor = colour.WithAlpha(0.15);
        band.LineWidth = 0;
        band.LegendText = "";
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
            line.MarkerShape = horizontal ? MarkerShape.VerticalBar : MarkerShape.HorizontalBar; // caps
            line.MarkerSize = 7;
            line.MarkerLineColor = colour;
        }
    }
}
