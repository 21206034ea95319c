using ScottPlot;
using ScottPlot.Plottables;
using SkiaSharp;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

/// <summary>Looks at the pixels: which cell lies where, and which colour is which end of the scale.</summary>
public sealed class HeatMapTests
{
    [Fact]
    public void Draw_OneHighCell_LiesInItsRowFromTheTopAndItsColumnFromTheLeft()
    {
        using var picture = Draw((i, j) => i == 0 && j == 2 ? 1 : 0, isSigned: false);
        var (x, y) = CentreOf(picture, pixel => pixel is { Blue: > 100, Red: < 40 });
        Assert.InRange(y, 0, picture.Height / 2.0); // the first row is the upper one
        Assert.InRange(x, 0.5 * picture.Width, picture.Width); // and the last column the right one
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(-1, true)]
    public void Draw_LargestValue_IsDarkBlueAndTheSmallestSignedOneBrown(double value, bool isSigned)
    {
        using var picture = Draw((i, j) => i == 1 && j == 0 ? value : 0, isSigned);
        int blue = Count(picture, pixel => pixel is { Blue: > 100, Red: < 40 });
        int brown = Count(picture, pixel => pixel is { Red: > 140, Blue: < 40, Green: < 90 });
        Assert.Equal(value > 0, blue > CellPixels);
        Assert.Equal(value < 0, brown > CellPixels);
    }

    [Fact]
    public void Draw_CellWithoutAValue_IsGreyAndNotWhite()
    {
        using var some = Draw((i, j) => i == j ? null : 0, isSigned: false);
        using var none = Draw((_, _) => 0, isSigned: false);
        var grey = new SKColor(0xE6, 0xEA, 0xED);
        Assert.True(Count(some, pixel => pixel == grey) > CellPixels);
        Assert.True(Count(none, pixel => pixel == grey) < CellPixels);
    }

    [Fact]
    public void Plot_LabelsAndFigures_StandWhereTheirCellsAre()
    {
        using var plot = Map((i, j) => (i, j) == (1, 0) ? null : (10 * i) + j - 1, isSigned: true, highest: 10).ToPlot();
        plot.RenderInMemory(600, 400); // ticks are made when it is drawn
        Assert.Equal([("0", 1), ("1", 0)], Ticks(plot.Axes.Left));
        Assert.Equal([("0", 0), ("1", 1), ("2", 2)], Ticks(plot.Axes.Bottom));
        var texts = plot.GetPlottables<Text>().ToDictionary(text => text.LabelText, text => (text.Location.X, text.Location.Y));
        Assert.Equal(new() { ["-1.00"] = (0, 1), ["0.00"] = (1, 1), ["1.00"] = (2, 1), ["10.00"] = (1, 0), ["11.00"] = (2, 0) }, texts);
    }

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(0.1, false, false)]
    [InlineData(-1, true, true)]
    [InlineData(-0.1, true, false)]
    public void Plot_FigureOfADarkCell_IsWhite(double value, bool isSigned, bool isWhite)
    {
        using var plot = Map((_, _) => value, isSigned).ToPlot();
        Assert.All(plot.GetPlottables<Text>(), text => Assert.Equal(isWhite ? Colors.White : Colors.Black, text.LabelFontColor));
    }

    private static (string, double)[] Ticks(IAxis axis) => [.. axis.TickGenerator.Ticks.Select(tick => (tick.Label, tick.Position))];

    // Fewer than a cell's pixels, more than text, ticks and the colour bar's end have.
    private const int CellPixels = 8000;

    private static SKBitmap Draw(Func<int, int, double?> value, bool isSigned) => SKBitmap.Decode(Map(value, isSigned).Draw().Png);

    private static HeatMap Map(Func<int, int, double?> value, bool isSigned, double highest = 1) => new()
    {
        Id = "map",
        Title = "map",
        Caption = "",
        Unit = "unit",
        Rows = ("row", ["0", "1"]),
        Columns = ("column", ["0", "1", "2"]),
        Value = value,
        Highest = highest,
        Signed = isSigned,
    };

    private static IEnumerable<(int X, int Y)> Where(SKBitmap picture, Func<SKColor, bool> isMeant) =>
        from y in Enumerable.Range(0, picture.Height)
        from x in Enumerable.Range(0, picture.Width * 3 / 4) // right of it lies the colour bar
        where isMeant(picture.GetPixel(x, y))
        select (x, y);

    private static int Count(SKBitmap picture, Func<SKColor, bool> isMeant) => Where(picture, isMeant).Count();

    private static (double X, double Y) CentreOf(SKBitmap picture, Func<SKColor, bool> isMeant)
    {
        var pixels = Where(picture, isMeant).ToList();
        Assert.True(pixels.Count > CellPixels, $"{pixels.Count} pixels");
        return (pixels.Average(pixel => pixel.X), pixels.Average(pixel => pixel.Y));
    }
}
