using System.Globalization;
using OVPipeline.Core;
using ScottPlot;

namespace OVPipeline.Reporting;

/// <summary>
/// The comparison as a picture: two bars for each circuit, how often its label ranks first and among the first five. Those of trained
/// circuits are striped.
/// </summary>
public static class CopyingPicture
{
    private const int Width = 1000; // in CSS pixels
    private const double NumberRoom = 0.08, WordsRoom = 0.3; // that labels take behind a bar, of the axis

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

    /// <summary>The plot of the picture, which the caller disposes of. The first circuit's bars say what bars are.</summary>
    internal static Plot Draw(string title, IReadOnlyList<CopyingRow> rows)
    {
        var plot = PictureStyle.Empty();
        var bars = new List<Bar>();
        for (int i = 0; i < rows.Count; i++)
        {
            double y = rows.Count - i;
            bool trained = rows[i].Kind == CircuitKind.Trained;
            bars.Add(Share(y + 0.19, rows[i].Top1, trained ? TrainedDark : ModelDark, trained, i == 0 ? "% rank first" : ""));
            if (rows[i].Top5 is { } top5)
                bars.Add(Share(y - 0.19, top5, trained ? TrainedLight : ModelLight, trained, i == 0 ? "% are among the first five" : ""));
        }
        var drawn = plot.Add.Bars(bars);
        drawn.Horizontal = true;
        drawn.ValueLabelStyle.FontName = ReportFonts.Sans;
        drawn.ValueLabelStyle.FontSize = 13;
        plot.Axes.Left.SetTicks(
            [.. rows.Select((_, i) => (double)(rows.Count - i))], [.. rows.Select(row => $"{row.Name} (rank {row.Rank})")]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        double longest = bars.Max(bar => bar.Value), first = bars.Take(2).Max(bar => bar.Value);
        double end = Math.Max(Math.Max(longest / (1 - NumberRoom), first / (1 - WordsRoom)), 1);
        int step = longest > 40 ? 20 : longest > 10 ? 10 : 2;
        double[] ticks = [.. Enumerable.Range(0, (100 / step) + 1).Select(i => (double)i * step).Where(tick => tick <= end)];
        plot.Axes.Bottom.SetTicks(ticks, [.. ticks.Select(tick => $"{tick:0}")]);
        plot.Axes.SetLimits(0, end, 0.4, rows.Count + 0.6);
        plot.HideGrid();
        plot.Title(title, size: 18);
        plot.XLabel(string.Create(CultureInfo.InvariantCulture, $"tokens whose own logit ranks there, % of {rows[0].Tokens:N0}"), 14);
        return plot;
    }

    private static Bar Share(double y, double share, Color colour, bool trained, string words) => new()
    {
        Position = y,
        Value = 100 * share,
        FillColor = colour,
        FillHatch = trained ? PictureStyle.Stripes : null,
        FillHatchColor = Colors.White,
        LineWidth = 0,
        Size = 0.36,
        Label = string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} {words}").TrimEnd(),
        Orientation = Orientation.Horizontal,
    };
}
