using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>The course of a training as a picture: panels below each other. Lines differ by colour and by pattern.</summary>
public static class TrainingPicture
{
    private const int Width = 1000, PanelHeight = 300; // in CSS pixels

    /// <summary>Saves a PNG.</summary>
    /// <param name="path">Where to; the file is whole or not there.</param>
    /// <param name="title">What was trained.</param>
    /// <param name="xLabel">The horizontal axis, with its unit.</param>
    /// <param name="panels">One or more panels, from top to bottom.</param>
    /// <exception cref="ArgumentException">There is no panel, a panel has no line or too many to tell apart, or lengths differ.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string title, string xLabel, IReadOnlyList<PicturePanel> panels)
    {
        ArgumentNullException.ThrowIfNull(panels);
        if (panels.Count == 0 || panels.Any(panel => panel.Series.Count == 0))
            throw new ArgumentException("A picture has one or more panels of one or more lines.", nameof(panels));
        if (panels.SelectMany(panel => panel.Series).FirstOrDefault(series => series.X.Count != series.Y.Count) is { } uneven)
            throw new ArgumentException($"'{uneven.Name}' has {uneven.X.Count} positions for {uneven.Y.Count} values.", nameof(panels));
        var picture = new Multiplot();
        picture.AddPlots(panels.Count);
        // Panels stand exactly below each other.
        float beside = (float)panels.SelectMany(panel => panel.Series).Max(series => PictureStyle.LengthOf(series.Name, DirectLabels.Size));
        for (int i = 0; i < panels.Count; i++)
        {
            var plot = picture.GetPlot(i);
            Draw(plot, panels[i]);
            plot.Axes.Left.MinimumSize = 70;
            plot.Axes.Right.MinimumSize = beside + 20;
            if (i == 0)
                plot.Title(title, size: 18);
            if (i == panels.Count - 1)
                plot.XLabel(xLabel, 13);
        }
        AtomicFile.Write(path, temporary =>
            picture.SavePng(temporary, Width * PictureStyle.Scale, PanelHeight * panels.Count * PictureStyle.Scale));
    }

    /// <summary>Draws a panel into an empty plot.</summary>
    internal static void Draw(Plot plot, PicturePanel panel)
    {
        PictureStyle.Apply(plot);
        var styles = SeriesStyle.OfCurves(panel.Series);
        foreach (var (series, style) in panel.Series.Zip(styles))
        {
            var points = series.X.Zip(series.Y, (x, y) => new Coordinates(x, y)).Where(point => double.IsFinite(point.Y)).ToArray();
            var line = plot.Add.Scatter(points);
            line.LegendText = series.Name;
            line.Color = style.Colour;
            line.LinePattern = style.Pattern;
            line.LineWidth = 2;
            line.MarkerSize = points.Length < 30 ? 5 : 0;
        }
        plot.YLabel(panel.YLabel, 13);
        plot.Axes.Margins(0.01, 0.08);
        if (!DirectLabels.AtLineEnds(plot, panel.Series, PanelHeight))
            PictureStyle.Legend(plot, Edge.Top);
    }
}
