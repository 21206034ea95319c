using System.Globalization;
using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>Draws charts of a report. Series are told apart by the colour-blind, and lines in grey too.</summary>
public static class ChartDrawing
{
    private const int Width = 760; // of a page's column, in CSS pixels

    /// <summary>The chart as a picture.</summary>
    /// <exception cref="ArgumentException">It has more series than can be told apart.</exception>
    public static ReportPicture Draw(this ReportChart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        bool bars = chart.Groups is not null;
        using var plot = bars ? BarPlot(chart) : LinePlot(chart);
        int height = bars ? 110 + chart.Groups!.Count * Math.Max(24, 17 * chart.Series.Count) : 440;
        byte[] png = plot.GetImageBytes(Width * PictureStyle.Scale, height * PictureStyle.Scale, ImageFormat.Png);
        return new(chart.Id, chart.Title, png, Width, height) { Caption = chart.Caption };
    }

    /// <summary>The plot of lines, which the caller disposes of.</summary>
    internal static Plot LinePlot(ReportChart chart)
    {
        var (series, xTicks) = (chart.Series, chart.XTicks);
        var styles = SeriesStyle.OfLines(series);
        double At(double x) => xTicks is null ? x : Math.Log2(x);
        var plot = Start(chart.XLabel, chart.YLabel);
        foreach (var (one, style) in series.Zip(styles))
        {
            if (one.Band)
                Band(plot, one, [.. one.X.Select(At)], style.Colour);
            var line = plot.Add.Scatter(one.X.Select(At).ToArray(), one.Y.ToArray());
            line.LegendText = one.Name;
            line.LineWidth = 2;
            line.Color = style.Colour;
            line.LinePattern = style.Pattern;
            line.MarkerShape = style.Marker;
            line.MarkerSize = 8;
            if (!one.Band)
                Intervals(plot, one, [.. one.X.Select(At)], line.Color, horizontal: false);
        }
        if (xTicks is not null)
            plot.Axes.Bottom.SetTicks([.. xTicks.Select(At)], [.. xTicks.Select(x => x.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.Margins(0.03, 0.08);
        Legend(plot, series.Count);
        return plot;
    }

    /// <summary>The plot of bars, which the caller disposes of.</summary>
    internal static Plot BarPlot(ReportChart chart)
    {
        var (series, groups, format) = (chart.Series, chart.Groups!, chart.Format);
        var styles = SeriesStyle.OfBars(series);
        var plot = Start(chart.XLabel, "");
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
                Label = format is null || one.Low is not null ? "" : one.Y[group].ToString(format, CultureInfo.InvariantCulture),
                Orientation = Orientation.Horizontal,
            }).ToArray());
            bars.Horizontal = true;
            bars.LegendText = series.Count > 1 ? one.Name : "";
            bars.ValueLabelStyle.FontSize = 11;
            bars.ValueLabelStyle.ForeColor = PictureStyle.Ink;
            Intervals(plot, one, [.. Enumerable.Range(0, groups.Count).Select(Position)], PictureStyle.Ink, horizontal: true);
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

    private static Plot Start(string xLabel, string yLabel)
    {
        var plot = PictureStyle.Empty();
        plot.XLabel(xLabel, 13);
        plot.YLabel(yLabel, 13);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
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
}
