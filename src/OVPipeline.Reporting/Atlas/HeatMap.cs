using System.Globalization;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>A grid of values as a picture: light is low and dark is high, so that it can be read in grey and by the colour-blind.</summary>
internal sealed record HeatMap
{
    private const int CellsWithText = 24, LabelsPerAxis = 32; // more do not fit beside each other in print
    private const double WhiteTextFrom = 0.55; // of the darkest colour: from there on white is easier to read than black

    // ColorBrewer's blues; brown for what is below zero, as blue and brown are told apart by the colour-blind.
    private static readonly Color s_middle = Color.FromHex("#6BAED6"), s_high = Color.FromHex("#084A80");
    private static readonly Color s_low = Color.FromHex("#A04000"), s_none = Color.FromHex("#E6EAED");

    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Caption { get; init; }
    public required string Unit { get; init; }
    public required (string Name, IReadOnlyList<string> Labels) Rows { get; init; }
    public required (string Name, IReadOnlyList<string> Labels) Columns { get; init; }

    /// <summary>A value for each row and column; null where there is none, which is drawn grey.</summary>
    public required Func<int, int, double?> Value { get; init; }

    /// <summary>The value of the darkest colour.</summary>
    public required double Highest { get; init; }

    /// <summary>Whether values run from -Highest, through white at 0, to Highest, or from 0 on.</summary>
    public bool Signed { get; init; }

    /// <summary>How a cell's value is written.</summary>
    public string Format { get; init; } = "0.00;-0.00;0.00"; // no -0.00

    /// <summary>Draws it.</summary>
    public ReportPicture Draw()
    {
        using var plot = ToPlot();
        int width = 200 + Math.Clamp(44 * Columns.Labels.Count, 440, 1200);
        int height = 130 + Math.Clamp(34 * Rows.Labels.Count, 68, 1200);
        byte[] png = plot.GetImageBytes(width * PictureStyle.Scale, height * PictureStyle.Scale, ImageFormat.Png);
        return new(Id, Title, png, width, height) { Caption = Caption };
    }

    /// <summary>The plot, which the caller disposes of. The first row is the upper one, at the number of rows less one.</summary>
    internal Plot ToPlot()
    {
        int rows = Rows.Labels.Count, columns = Columns.Labels.Count;
        var values = new double[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                values[i, j] = Value(i, j) ?? double.NaN;
        double highest = Highest > 0 ? Highest : 1;
        var plot = PictureStyle.Empty();
        var map = plot.Add.Heatmap(values);
        Color[] colours = Signed ? [s_low, Colors.White, s_high] : [Colors.White, s_middle, s_high];
        map.Colormap = new ScottPlot.Colormaps.CustomInterpolated(colours);
        map.ManualRange = new ScottPlot.Range(Signed ? -highest : 0, highest);
        map.NaNCellColor = s_none;
        var bar = plot.Add.ColorBar(map);
        bar.Label = Unit;
        bar.LabelStyle.FontSize = 12;
        bar.LabelStyle.Bold = false;
        if (Math.Max(rows, columns) <= CellsWithText)
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++)
                    Write(plot, values[i, j], j, rows - 1 - i, (Signed ? Math.Abs(values[i, j]) : values[i, j]) / highest);
        Label(plot.Axes.Left, Rows.Name, Rows.Labels, i => rows - 1 - i);
        Label(plot.Axes.Bottom, Columns.Name, Columns.Labels, j => j);
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        plot.Title(Title, size: 14);
        return plot;
    }

    private void Write(Plot plot, double value, int x, int y, double darkness)
    {
        if (double.IsNaN(value))
            return;
        var text = plot.Add.Text(value.ToString(Format, CultureInfo.InvariantCulture), x, y);
        text.LabelAlignment = Alignment.MiddleCenter;
        text.LabelFontSize = 11;
        text.LabelFontColor = darkness > WhiteTextFrom ? Colors.White : Colors.Black;
    }

    private static void Label(IAxis axis, string name, IReadOnlyList<string> labels, Func<int, double> position)
    {
        int step = (labels.Count + LabelsPerAxis - 1) / LabelsPerAxis;
        int[] shown = [.. Enumerable.Range(0, labels.Count).Where(i => i % step == 0)];
        axis.SetTicks([.. shown.Select(position)], [.. shown.Select(i => labels[i])]);
        axis.MajorTickStyle.Length = 0;
        axis.Label.Text = name;
        axis.Label.FontSize = 13;
        axis.Label.Bold = false;
    }
}
