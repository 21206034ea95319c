using System.Globalization;
using OVPipeline.Core;
using ScottPlot;
using ScottPlot.Plottables;

namespace OVPipeline.Reporting;

/// <summary>
/// The claim as a picture: four bars a model, each with its rank and its share written at it, and below the trained pair what it does on
/// tokens that were kept out of its training. It can be read at half its size, as a phone shows it, and in grey: a model's bars are filled,
/// those of a trained pair striped, or open on tokens that were kept out.
/// </summary>
public static class ClaimPicture
{
    private const int Width = 760, Margin = 10, Labels = 200, Gap = 34, ModelsInARow = 2; // in CSS pixels, as all lengths here
    private const int Heading = 92, Names = 68, RowHeight = 78, Axis = 30;
    private const int BarHeight = 30, TextSize = 21, AxisTextSize = 17;

    private static readonly (string Label, Func<ClaimFigures, RankedShare?> Share, bool Trained)[] s_rows =
    [
        ("best head", one => one.Head, false),
        ("best two heads", one => one.Pair, false),
        ("the two, cut to\na head's rank", one => one.Truncated, false),
        ("trained pair", one => one.Trained, true),
        ("trained pair, on\nunseen tokens", one => one.Unseen, true),
    ];

    /// <summary>Saves a PNG.</summary>
    /// <param name="path">Where to; the file is whole or not there.</param>
    /// <param name="models">One or more models, two beside each other.</param>
    /// <exception cref="ArgumentException">There is no model.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, IReadOnlyList<ClaimFigures> models)
    {
        using var plot = Draw(models);
        AtomicFile.Write(path, temporary =>
            plot.SavePng(temporary, Width * PictureStyle.Scale, Height(models.Count) * PictureStyle.Scale));
    }

    /// <summary>The plot of the picture, which the caller disposes of. Its coordinates are CSS pixels, from the lower left.</summary>
    internal static Plot Draw(IReadOnlyList<ClaimFigures> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Count == 0)
            throw new ArgumentException("A picture shows one or more models.", nameof(models));
        int height = Height(models.Count), columns = Math.Min(models.Count, ModelsInARow);
        var plot = PictureStyle.Empty();
        plot.Layout.Frameless();
        plot.HideGrid();
        plot.Axes.SetLimits(0, Width, 0, height);
        PictureStyle.Write(plot, "How many tokens does a circuit copy?", Margin, height - 28, TextSize + 5, bold: true);
        PictureStyle.Write(plot, "Tokens whose own logit ranks first, % of tokens", Margin, height - 60, TextSize - 1);
        double width = (Width - Labels - Margin - ((columns - 1) * Gap)) / (double)columns;
        for (int i = 0; i < models.Count; i++)
        {
            double top = height - Heading - (i / columns * BlockHeight);
            if (i % columns == 0)
                RowLabels(plot, top - Names);
            Panel(plot, models[i], Labels + (i % columns * (width + Gap)), top, width);
        }
        return plot;
    }

    private static int BlockHeight => Names + (s_rows.Length * RowHeight) + Axis;

    private static int Height(int models) => Heading + ((models + ModelsInARow - 1) / ModelsInARow * BlockHeight);

    private static void RowLabels(Plot plot, double top)
    {
        foreach (var (label, _, _) in s_rows)
        {
            PictureStyle.Write(plot, label, Margin, top - RowHeight + 12 + (BarHeight / 2.0), TextSize);
            top -= RowHeight;
        }
    }

    private static void Panel(Plot plot, ClaimFigures model, double left, double top, double width)
    {
        string vocabulary = string.Create(CultureInfo.InvariantCulture, $"{model.Vocabulary:N0} tokens");
        PictureStyle.Write(plot, model.Model, left, top - 18, TextSize, bold: true);
        PictureStyle.Write(plot, vocabulary, left, top - 46, TextSize - 3);
        top -= Names;
        foreach (var (_, value, trained) in s_rows)
        {
            double bottom = top - RowHeight + 12;
            if (value(model) is { } share)
                Bar(plot, share, (left, bottom), width, trained, isOpen: share == model.Unseen);
            else
                PictureStyle.Write(plot, "none", left, bottom + (BarHeight / 2.0), TextSize);
            top -= RowHeight;
        }
        PictureStyle.Write(plot, "0", left, top - 2, AxisTextSize);
        PictureStyle.Write(plot, "100 %", left + width, top - 2, AxisTextSize, alignment: Alignment.MiddleRight);
    }

    private static void Bar(Plot plot, RankedShare share, (double X, double Y) at, double width, bool trained, bool isOpen)
    {
        var colour = trained ? PictureStyle.Trained : PictureStyle.Model;
        Rectangle Add(double length, Color fill, Color line)
        {
            var drawn = plot.Add.Rectangle(at.X, at.X + length, at.Y, at.Y + BarHeight);
            drawn.FillColor = fill;
            drawn.LineColor = line;
            drawn.LineWidth = 2;
            return drawn;
        }
        Add(width, PictureStyle.Faint, PictureStyle.Faint);
        var bar = Add(share.Top1 * width, isOpen ? Colors.White : colour, colour);
        if (trained && !isOpen)
            (bar.FillHatch, bar.FillHatchColor) = (PictureStyle.Stripes, Colors.White);
        string percent = string.Create(CultureInfo.InvariantCulture, $"{100 * share.Top1:0.0} %");
        double text = at.Y + BarHeight + 15;
        PictureStyle.Write(plot, percent, at.X, text, TextSize, bold: true);
        PictureStyle.Write(plot, $"rank {share.Rank}", at.X + 110, text, TextSize - 1);
    }
}
