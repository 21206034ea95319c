using ScottPlot;
using ScottPlot.Hatches;
using ScottPlot.Plottables;

namespace OVPipeline.Reporting;

/// <summary>What all pictures share: a plain font, dark ink on white, few and light lines.</summary>
internal static class PictureStyle
{
    /// <summary>Pictures are drawn so many times as large as they are shown, for fine screens and paper.</summary>
    public const int Scale = 2;

    /// <summary>Text and axes.</summary>
    public static Color Ink { get; } = Color.FromHex("#1D2328");

    /// <summary>Lines of a grid.</summary>
    public static Color Grid { get; } = Color.FromHex("#E6EAED");

    /// <summary>What is there without a value: the rest of a whole.</summary>
    public static Color Faint { get; } = Color.FromHex("#EEF1F3");

    /// <summary>What a model does, of Okabe and Ito's palette.</summary>
    public static Color Model { get; } = Color.FromHex("#0072B2");

    /// <summary>What a trained circuit does, of the same.</summary>
    public static Color Trained { get; } = Color.FromHex("#D55E00");

    /// <summary>White stripes over its bars, which tell them apart in grey.</summary>
    public static IHatch Stripes { get; } = new Striped(StripeDirection.DiagonalUp);

    /// <summary>A plot with nothing in it.</summary>
    public static Plot Empty()
    {
        var plot = new Plot();
        Apply(plot);
        return plot;
    }

    /// <summary>Gives a plot that is there this style.</summary>
    public static void Apply(Plot plot)
    {
        plot.ScaleFactor = Scale;
        plot.HideLegend(); // named series have one otherwise, over the data
        plot.Font.Set(ReportFonts.Sans);
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Grid.MajorLineColor = Grid;
        plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Title.Label.Font = null; // a typeface goes before Bold, and Font.Set gives one to every label
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
    }

    /// <summary>Adds a legend, without a frame.</summary>
    public static void Legend(Plot plot, Edge edge)
    {
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.FontSize = DirectLabels.Size;
        plot.Legend.FontName = ReportFonts.Sans;
        plot.Legend.FontColor = Ink;
        plot.ShowLegend(edge);
    }

    /// <summary>Writes text at a place, its first line's middle unless said otherwise.</summary>
    public static Text Write(
        Plot plot, string text, double x, double y, int size, bool bold = false, Alignment alignment = Alignment.MiddleLeft)
    {
        var label = plot.Add.Text(text, x, y);
        label.LabelStyle.Font = null; // as above
        label.LabelFontName = ReportFonts.Sans;
        label.LabelAlignment = alignment;
        label.LabelFontSize = size;
        label.LabelFontColor = Ink;
        label.LabelBold = bold;
        return label;
    }

    /// <summary>How long a text is, in CSS pixels.</summary>
    public static double LengthOf(string text, int size)
    {
        using var paint = Paint.NewDisposablePaint();
        return new LabelStyle { FontName = ReportFonts.Sans, FontSize = size }.Measure(text, paint).Width;
    }
}
