using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>The comparison as a picture: two bars for each circuit, how often its label ranks first and among the first five.</summary>
public static class CopyingPicture
{
    private const int Width = 1000; // in CSS pixels

    // Dark and light of each: told apart in grey too.
    private static readonly Color ModelDark = PictureStyle.Model, ModelLight = Color.FromHex("#A6CEE3");
    private static readonly Color TrainedDark = PictureStyle.Trained, TrainedLight = Color.FromHex("#F4B183");

    /// <summary>Saves a PNG.</summary>
    /// <param name="path">Where to; the file is whole or not there.</param>
    /// <param name="title">What is shown, of which model.</param>
    /// <param name="rows">One or more circuits, from top to bottom.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string title, IReadOnlyList<CopyingRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var plot = Draw(title, rows);
        AtomicFile.Write(path, temporary =>
            plot.SavePng(temporary, Width * PictureStyle.Scale, (190 + (44 * rows.Count)) * PictureStyle.Scale));
    }

    /// <summary>The plot of the picture, which the caller disposes of.</summary>
    internal static Plot Draw(string title, IReadOnlyList<CopyingRow> rows)
    {
        var plot = PictureStyle.Empty();
        var bars = new List<Bar>();
        for (int i = 0; i < rows.Count; i++)
        {
            double y = rows.Count - i;
            bool trained = rows[i].Kind == CircuitKind.Trained;
            bars.Add(Share(y + 0.19, rows[i].Top1, trained ? TrainedDark : ModelDark));
            if (rows[i].Top5 is { } top5)
                bars.Add(Share(y - 0.19, top5, trained ? TrainedLight : ModelLight));
        }
        var drawn = plot.Add.Bars(bars);
        drawn.Horizontal = true;
        drawn.ValueLabelStyle.FontSize = 13;
        plot.Axes.Left.SetTicks(
            [.. rows.Select((_, i) => (double)(rows.Count - i))], [.. rows.Select(row => $"{row.Name} (rank {row.Rank})")]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        double longest = 100 * rows.Max(row => row.Top5 ?? row.Top1);
        plot.Axes.SetLimits(0, Math.Min(113, longest + 12), 0.4, rows.Count + 0.6); // 12: the longest bar's label stands behind it
        plot.HideGrid();
        plot.Title(title, size: 18);
        plot.XLabel($"tokens whose own logit ranks there, % of {rows[0].Tokens:N0}");
        (string Name, Color Colour)[] legend =
        [
            ("model, top1", ModelDark),
            ("model, top5", ModelLight),
            ("trained, top1", TrainedDark),
            ("trained, top5", TrainedLight),
        ];
        foreach (var (name, colour) in legend)
            plot.Legend.ManualItems.Add(new() { LabelText = name, FillColor = colour });
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }

    private static Bar Share(double y, double share, Color colour) => new()
    {
        Position = y,
        Value = 100 * share,
        FillColor = colour,
        LineWidth = 0,
        Size = 0.36,
        Label = $"{100 * share:0.0}",
        Orientation = Orientation.Horizontal,
    };
}
