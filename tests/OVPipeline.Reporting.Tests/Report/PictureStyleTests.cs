using ScottPlot;
using SkiaSharp;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class PictureStyleTests
{
    [Fact]
    public void Write_Bold_PutsMoreInkOnThePicture() => Assert.True(Ink(bold: true) > 1.15 * Ink(bold: false));

    [Fact]
    public void Title_OfAPlot_IsBoldAndAxesAreNot()
    {
        using var plot = PictureStyle.Empty();
        plot.Title("t");
        plot.XLabel("x");
        // A typeface that is set goes before Bold (ScottPlot's issue 5264).
        Assert.Equal((true, null), (plot.Axes.Title.Label.Bold, plot.Axes.Title.Label.Font));
        Assert.False(plot.Axes.Bottom.Label.Bold);
    }

    private static int Ink(bool bold)
    {
        using var plot = PictureStyle.Empty();
        plot.Layout.Frameless();
        plot.HideGrid();
        plot.Axes.SetLimits(0, 400, 0, 100);
        PictureStyle.Write(plot, "heads that copy", 10, 50, 20, bold);
        using var picture = SKBitmap.Decode(plot.GetImageBytes(800, 200, ImageFormat.Png));
        return picture.Pixels.Count(pixel => pixel.Red < 128);
    }
}
