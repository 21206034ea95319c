using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class ReportChartTests
{
    [Fact]
    public void Lines_ThreeSeriesWithGapsAndIntervals_IsAPngOfTwiceTheShownSize()
    {
        var picture = ReportChart.Lines("p", "t", "c", "rank", "top-1, %",
        [
            new("a", [1, 2, 4], [1, 5, 9]) { Low = [0.5, 4, double.NaN], High = [1.5, 6, double.NaN] },
            new("b", [1, 2, 4], [2, double.NaN, 3]),
            new("reference", [1, 4], [4, 4]) { Reference = true },
        ], xTicks: [1, 2, 4], yRange: (0, 10));
        AssertPng(picture);
    }

    [Fact]
    public void Bars_NegativeAndMissingValues_IsAPng() =>
        AssertPng(ReportChart.Bars("p", "t", "c", "S", ["one", "two"], [new("a", [], [-1, double.NaN]), new("b", [], [2, 3]) { Low = [1, 2], High = [3, 4] }]));

    [Fact]
    public void Bars_AllZero_IsAPng() => AssertPng(ReportChart.Bars("p", "t", "c", "S", ["one"], [new("a", [], [0])]));

    [Fact]
    public void Lines_LengthsDiffer_NamesTheSeries() =>
        Assert.Contains("'odd'", Assert.Throws<ArgumentException>(() => ReportChart.Lines("p", "t", "c", "x", "y", [new("odd", [1, 2], [1])])).Message, StringComparison.Ordinal);

    [Fact]
    public void Bars_NoSeries_Throws() => Assert.Throws<ArgumentException>(() => ReportChart.Bars("p", "t", "c", "x", ["one"], []));

    private static void AssertPng(ReportPicture picture)
    {
        // The header chunk of a PNG: width and height, big-endian, at 16 and 20.
        int At(int from) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(picture.Png.AsSpan(from, 4));
        Assert.Equal((2 * picture.Width, 2 * picture.Height), (At(16), At(20)));
        Assert.True(picture.Png.Distinct().Count() > 100, "The picture is empty.");
    }
}
