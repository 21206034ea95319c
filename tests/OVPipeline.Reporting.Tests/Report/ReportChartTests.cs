using OVPipeline.Core;
using ScottPlot;
using ScottPlot.Plottables;
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
        ], xTicks: [1, 2, 4]).Draw();
        AssertPng(picture);
    }

    [Fact]
    public void Bars_NegativeAndMissingValues_IsAPng() =>
        AssertPng(ReportChart.Bars("p", "t", "c", "S", ["one", "two"],
            [new("a", [], [-1, double.NaN]), new("b", [], [2, 3]) { Low = [1, 2], High = [3, 4] }]).Draw());

    [Fact]
    public void Bars_AllZero_IsAPng() => AssertPng(ReportChart.Bars("p", "t", "c", "S", ["one"], [new("a", [], [0])]).Draw());

    [Fact]
    public void Lines_LengthsDiffer_NamesTheSeries()
    {
        var error = Assert.Throws<ArgumentException>(() => ReportChart.Lines("p", "t", "c", "x", "y", [new("odd", [1, 2], [1])]));
        Assert.Contains("'odd'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_NoSeries_Throws() => Assert.Throws<ArgumentException>(() => ReportChart.Bars("p", "t", "c", "x", ["one"], []));

    public static TheoryData<int> Counts => [.. Enumerable.Range(1, SeriesStyle.MostLines)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Lines_AsManySeriesAsItTakes_NoTwoAreDrawnAlike(int count)
    {
        ChartSeries[] series = [.. Enumerable.Range(0, count).Select(i => new ChartSeries($"s{i}", [1, 2], [i, i + 1])), .. References(4)];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        var lines = plot.GetPlottables<Scatter>().ToArray();
        Assert.Equal(series.Length, lines.Length);
        var own = lines[..count];
        Assert.Equal(count, own.Select(line => line.MarkerShape).Distinct().Count()); // in grey
        Assert.Equal(count, own.Select(line => (line.Color, line.LinePattern.Name)).Distinct().Count()); // in colour, between the points
        Assert.Equal(lines.Length, lines.Select(line => (line.Color, line.MarkerShape, line.LinePattern.Name)).Distinct().Count());
        var references = lines[count..];
        Assert.All(references,
            line => Assert.Equal((MarkerShape.None, false), (line.MarkerShape, line.LinePattern.Name == LinePattern.Solid.Name)));
        Assert.Equal(references.Length, references.Select(line => string.Join(' ', line.LinePattern.Intervals)).Distinct().Count());
        Assert.DoesNotContain(references[0].Color, own.Select(line => line.Color));
    }

    [Fact]
    public void Lines_MoreThanCanBeToldApart_SaysSo()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, SeriesStyle.MostLines + 1).Select(i => new ChartSeries($"s{i}", [1], [i]))];
        var error = Assert.Throws<ArgumentException>(() => ReportChart.Lines("p", "t", "c", "x", "y", series).Draw());
        Assert.Contains("apart", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ReportChart.Lines("p", "t", "c", "x", "y", References(9)).Draw());
    }

    [Fact]
    public void Bars_AsManySeriesAsColours_NoTwoAreDrawnAlike()
    {
        ChartSeries[] series =
        [
            .. Enumerable.Range(0, SeriesStyle.MostBars).Select(i => new ChartSeries($"s{i}", [], [i + 1.0])),
            .. References(1, points: 1),
        ];
        using var plot = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one"], series, format: null));
        Assert.Equal(series.Length, plot.GetPlottables<BarPlot>().Select(bars => bars.Bars.First().FillColor).Distinct().Count());
        Assert.Throws<ArgumentException>(() => ReportChart.Bars("p", "t", "c", "x", ["one"], [.. series, new("more", [], [1])]).Draw());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Legend_OfSeveralSeries_IsShown(int count, bool isShown)
    {
        ChartSeries[] series = [.. Enumerable.Range(0, count).Select(i => new ChartSeries($"s{i}", [1, 2], [i, 1]))];
        using var lines = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        using var bars = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one", "two"], series));
        foreach (var plot in new[] { lines, bars })
            Assert.Equal(isShown, plot.Axes.GetPanels().OfType<ScottPlot.Panels.LegendPanel>().Any());
    }

    [Fact]
    public void Curves_UpToSixteen_NoTwoAreDrawnAlike()
    {
        var styles = SeriesStyle.OfCurves([.. Enumerable.Range(0, 16).Select(i => new ChartSeries($"s{i}", [1], [i]))]);
        Assert.Equal(16, styles.Select(style => (style.Colour, style.Pattern.Name)).Distinct().Count());
    }

    [Fact]
    public void Lines_Ticks_MakeALogarithmicAxisOfBaseTwo()
    {
        ChartSeries[] series = [new("a", [1, 4, 8], [1, 2, 3]) { Low = [0, 1, 3], High = [2, 3, 3] }];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series, xTicks: [1, 4, 8]));
        var points = plot.GetPlottables<Scatter>().Single().Data.GetScatterPoints();
        Assert.Equal([(0, 1), (2, 2), (3, 3)], points.Select(point => (point.X, point.Y)));
        plot.RenderInMemory(); // ticks are made when it is drawn
        Assert.Equal([(0, "1"), (2, "4"), (3, "8")], plot.Axes.Bottom.TickGenerator.Ticks.Select(tick => (tick.Position, tick.Label)));
        // The third interval has no length.
        Assert.Equal(
            [(0, 0, 0, 2), (2, 1, 2, 3)],
            plot.GetPlottables<LinePlot>().Select(line => (line.Start.X, line.Start.Y, line.End.X, line.End.Y)));
    }

    [Fact]
    public void Lines_Band_IsFilledWhereBothEndsAreKnown()
    {
        ChartSeries[] series =
        [
            new("a", [1, 2, 4, 8], [1, 2, 3, 4]) { Low = [0, double.NaN, 1, 2], High = [1, 2, 3, 4], Band = true },
            new("one point", [1, 2], [1, 2]) { Low = [0, double.NaN], High = [1, 2], Band = true },
        ];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series, xTicks: [1, 8]));
        var band = Assert.Single(plot.GetPlottables<FillY>());
        var limits = band.GetAxisLimits();
        Assert.Equal((0.0, 3.0, 0.0, 4.0), (limits.Left, limits.Right, limits.Bottom, limits.Top));
        Assert.Empty(plot.GetPlottables<LinePlot>()); // no bars at the points beside it
        Assert.Equal(2, plot.GetPlottables<Scatter>().Count());
        Assert.InRange(band.FillColor.Alpha, 1, 100);
    }

    [Fact]
    public void Bars_Groups_StandFromTopToBottomBesideTheirNames()
    {
        ChartSeries[] series = [new("a", [], [1, double.NaN]), new("b", [], [-2, 3]) { Low = [-3, 2], High = [-1, 4] }];
        using var plot = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one", "two"], series));
        var drawn = plot.GetPlottables<BarPlot>().ToArray();
        Assert.Equal([1.0], drawn[0].Bars.Select(bar => bar.Value)); // no bar where there is no value
        Assert.Equal([-2.0, 3], drawn[1].Bars.Select(bar => bar.Value));
        plot.RenderInMemory();
        var ticks = plot.Axes.Left.TickGenerator.Ticks;
        string Beside(Bar bar) => ticks.MinBy(tick => Math.Abs(tick.Position - bar.Position)).Label;
        Assert.Equal(["one", "two"], drawn[1].Bars.Select(Beside));
        Assert.True(drawn[1].Bars.First().Position > drawn[1].Bars.Last().Position); // the first group is the upper one
        Assert.True(drawn[0].Bars.First().Position > drawn[1].Bars.First().Position); // and so is the first series in it
        Assert.Equal(["1.0"], drawn[0].Bars.Select(bar => bar.Label));
        Assert.All(drawn[1].Bars, bar => Assert.Equal("", bar.Label)); // intervals stand there
        Assert.Equal([(-3.0, -1.0), (2, 4)], plot.GetPlottables<LinePlot>().Select(line => (line.Start.X, line.End.X)));
        Assert.All(plot.GetPlottables<LinePlot>(), line => Assert.Equal(MarkerShape.VerticalBar, line.MarkerShape)); // caps
        var limits = plot.Axes.GetLimits();
        Assert.True(limits.Left < -3 && limits.Right > 4, $"{limits}");
    }

    private static IEnumerable<ChartSeries> Levels(int count, int points) =>
        Enumerable.Range(0, count).Select(i => new ChartSeries($"level {i}", [.. Enumerable.Range(1, points).Select(x => (double)x)],
            [.. Enumerable.Repeat((double)i, points)])
        { Reference = true });

    private static ChartSeries[] References(int count, int points = 2) => [.. Levels(count, points)];

    private static void AssertPng(ReportPicture picture)
    {
        // The header chunk of a PNG: width and height, big-endian, at 16 and 20.
        int At(int from) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(picture.Png.AsSpan(from, 4));
        Assert.Equal((2 * picture.Width, 2 * picture.Height), (At(16), At(20)));
        Assert.True(picture.Png.Distinct().Count() > 100, "The picture is empty.");
    }
}
