using System.Globalization;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>A grid of values as a picture: light is low and dark is high, so that it can be read in grey and by the colour-blind.</summary>
internal sealed record HeatMap
{
    private const int CellsWithText = 24, LabelsPerAxis = 32;
    private static readonly Color s_high = Color.FromHex("#084A80"), s_low = Color.FromHex("#A04000"), s_none = Color.FromHex("#E0E0E0");

    public required string Title { get; init; }
    public required string Unit { get; init; }
    public required (string Name, IReadOnlyList<string> Labels) Rows { get; init; }
    public required (string Name, IReadOnlyList<string> Labels) Columns { get; init; }

    /// <summary>A value for each row and column; null where there is none, which is drawn grey.</summary>
    public required Func<int, int, double?> Value { get; init; }

    /// <summary>The value of the darkest colour.</summary>
    public required double Highest { get; init; }

    /// <summary>Whether values run from -Highest to Highest, through white at 0, or from 0.</summary>
    public bool Signed { get; init; }

    /// <summary>How a cell's value is written.</summary>
    public string Format { get; init; } = "0.00;-0.00;0.00"; // no -0.00

    /// <summary>Saves a PNG; the file is whole or not there.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        int rows = Rows.Labels.Count, columns = Columns.Labels.Count;
        var values = new double[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                values[i, j] = Value(i, j) ?? double.NaN;
        using var plot = new Plot();
        var map = plot.Add.Heatmap(values);
        map.Colormap = new ScottPlot.Colormaps.CustomInterpolated(Signed ? [s_low, Colors.White, s_high] : [Colors.White, Color.FromHex("#6BAED6"), s_high]);
        double highest = Highest > 0 ? Highest : 1;
        map.ManualRange = new ScottPlot.Range(Signed ? -highest : 0, highest);
        map.NaNCellColor = s_none;
        plot.Add.ColorBar(map).Label = Unit;
        if (Math.Max(rows, columns) <= CellsWithText)
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++)
                    if (!double.IsNaN(values[i, j]))
                        Write(plot, values[i, j], j, rows - 1 - i, (Signed ? Math.Abs(values[i, j]) : values[i, j]) / highest);
        Label(plot.Axes.Left, Rows.Name, Rows.Labels, i => rows - 1 - i);
        Label(plot.Axes.Bottom, Columns.Name, Columns.Labels, j => j);
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        plot.Title(Title, size: 16);
        int width = 260 + Math.Clamp(46 * columns, 420, 1400), height = 150 + Math.Clamp(34 * rows, 100, 1400);
        AtomicFile.Write(path, temporary => plot.SavePng(temporary, width, height));
    }

    private void Write(Plot plot, double value, int x, int y, double darkness)
    {
        var text = plot.Add.Text(value.ToString(Format, CultureInfo.InvariantCulture), x, y);
        text.LabelAlignment = Alignment.MiddleCenter;
        text.LabelFontSize = 11;
        text.LabelFontColor = darkness > 0.55 ? Colors.White : Colors.Black;
    }

    private static void Label(IAxis axis, string name, IReadOnlyList<string> labels, Func<int, double> position)
    {
        int step = (labels.Count + LabelsPerAxis - 1) / LabelsPerAxis;
        int[] shown = [.. Enumerable.Range(0, labels.Count).Where(i => i % step == 0)];
        axis.SetTicks([.. shown.Select(position)], [.. shown.Select(i => labels[i])]);
        axis.MajorTickStyle.Length = 0;
        axis.Label.Text = name;
    }
}
