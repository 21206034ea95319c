using ScottPlot;

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
        plot.Font.Set(ReportFonts.Sans);
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Grid.MajorLineColor = Grid;
        plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
    }
}
