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
    public void Dots_SeriesAndAReference_StandBelowEachOtherInTheirRow()
    {
        var chart = ReportChart.Dots("p", "t", "c", "nats", ["one", "two"],
        [
            new("a", [], [1, 5]), new("b", [], [1, double.NaN]),
            new("mean", [], [1, 5]) { Low = [0.5, double.NaN], High = [1.5, double.NaN], Reference = true },
        ]);
        AssertPng(chart.Draw());
        using var plot = ChartDrawing.DotPlot(chart);
        var dots = plot.GetPlottables<Scatter>().ToArray();
        Assert.Equal([2, 1, 2], dots.Select(one => one.Data.GetScatterPoints().Count));
        Assert.All(dots, one => Assert.Equal(0, one.LineWidth));
        Assert.Equal(3, dots.Select(one => one.MarkerShape).Distinct().Count());
        double[] first = [.. dots.Select(one => one.Data.GetScatterPoints()[0].Y)];
        Assert.Equal(first.OrderDescending(), first);
        Assert.All(first, y => Assert.InRange(y, 1.5, 2.5)); // the upper of two rows
        var interval = Assert.Single(plot.GetPlottables<LinePlot>());
        Assert.Equal((0.5, 1.5), (interval.Line.X1, interval.Line.X2));
    }

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
    [InlineData(2, false)] // named where they end
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Legend_OfManySeries_IsShown(int count, bool isShown)
    {
        ChartSeries[] series = [.. Enumerable.Range(0, count).Select(i => new ChartSeries($"s{i}", [1, 2], [i, 1]))];
        using var lines = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        using var bars = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one", "two"], series));
        foreach (var plot in new[] { lines, bars })
        {
            Assert.Equal(isShown, plot.Axes.GetPanels().OfType<ScottPlot.Panels.LegendPanel>().Any());
            Assert.False(plot.Legend.IsVisible && !isShown, "A legend stands over the data.");
        }
    }

    [Fact]
    public void Lines_Few_AreNamedAtTheirEndsInTheirOrderAndApart()
    {
        ChartSeries[] series = [new("upper", [1, 2], [0, 1.001]), new("lower", [1, 2], [5, 1]), new("top", [1, 2], [0, 9])];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        plot.RenderInMemory(); // ticks are made when it is drawn
        var names = plot.Axes.Right.TickGenerator.Ticks;
        Assert.Equal(["lower", "upper", "top"], names.OrderBy(name => name.Position).Select(name => name.Label));
        Assert.Equal(1, names[0].Position);
        Assert.InRange(names[1].Position, 1.2, 2); // a line of text above it
        Assert.Equal(9, names[2].Position);
        var (right, left) = (plot.Axes.Right.GetRange(), plot.Axes.Left.GetRange());
        Assert.Equal((left.Min, left.Max), (right.Min, right.Max)); // names stand where the lines do
    }

    [Theory]
    [InlineData(2, "another")] // it ends before the other
    [InlineData(4, "a name that is much too long to stand beside a picture of lines")]
    public void Lines_ThatEndAtSeveralPlacesOrHaveLongNames_HaveALegend(double end, string name)
    {
        ChartSeries[] series = [new("one", [1, 4], [1, 2]), new(name, [1, end], [3, 4])];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        Assert.Contains(plot.Axes.GetPanels(), panel => panel is ScottPlot.Panels.LegendPanel);
    }

    [Theory]
    [InlineData(new double[] { 1, 5, 9 }, new double[] { 1, 5, 9 })]
    [InlineData(new double[] { 1, 1, 9 }, new double[] { 1, 2, 9 })]
    [InlineData(new double[] { 9.5, 9.6, 9.7 }, new double[] { 8, 9, 10 })] // not above the top
    [InlineData(new double[] { }, new double[] { })]
    public void Apart_Positions_KeepTheirOrderAndAGap(double[] rising, double[] expected) =>
        Assert.Equal(expected, DirectLabels.Apart(rising, gap: 1, top: 10));

    [Fact]
    public void Lines_WithIntervals_StandBesideEachOther()
    {
        ChartSeries With(string name) => new(name, [1, 3], [1, 2]) { Low = [0, 1], High = [2, 3] };
        ChartSeries[] series = [With("a"), With("b"), new("c", [1, 3], [1, 2])];
        using var plot = ChartDrawing.LinePlot(ReportChart.Lines("p", "t", "c", "x", "y", series));
        var starts = plot.GetPlottables<Scatter>().Select(line => line.Data.GetScatterPoints()[0].X).ToArray();
        Assert.True(starts[0] < 1 && starts[1] > 1, $"{starts[0]}, {starts[1]}");
        Assert.Equal(1, starts[2]);
        var intervals = plot.GetPlottables<LinePlot>().ToArray();
        Assert.Equal([starts[0], starts[1]], [intervals[0].Start.X, intervals[2].Start.X]);
        Assert.All(intervals, interval => Assert.Equal(interval.Color, interval.MarkerStyle.LineColor)); // caps are of their line
    }

    [Fact]
    public void Bars_OfSeveralSeries_AreNamedInTheGroupWithMostRoomAndFit()
    {
        ChartSeries[] series =
        [
            new("first", [], [90, 10, double.NaN]),
            new("the second of them", [], [80, -20, 1]) { Low = [70, -30, 0], High = [95, -10, 2] },
        ];
        using var plot = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one", "two", "three"], series));
        var names = plot.GetPlottables<Text>().ToArray();
        Assert.Equal(["first", "the second of them"], names.Select(name => name.LabelText));
        var bars = plot.GetPlottables<BarPlot>().ToArray();
        Assert.Equal([bars[0].Bars.ElementAt(1).Position, bars[1].Bars.ElementAt(1).Position], names.Select(name => name.Location.Y));
        Assert.Equal([10.0, 0.0], names.Select(name => name.Location.X)); // behind the bar, or where it begins if it goes to the left
        Assert.True(names[0].OffsetX > names[1].OffsetX, "A value stands before the first.");
    }

    [Fact]
    public void Bars_WithALongName_LeaveRoomForIt()
    {
        ChartSeries[] series = [new("a name that takes half of the picture, more or less", [], [10]), new("b", [], [9])];
        using var plot = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one"], series));
        Assert.InRange(plot.Axes.GetLimits().Right, 15, 40);
    }

    [Fact]
    public void Bars_OfSeveralSeries_DifferInGrey()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, SeriesStyle.MostBars).Select(i => new ChartSeries($"s{i}", [], [1.0]))];
        using var plot = ChartDrawing.BarPlot(ReportChart.Bars("p", "t", "c", "x", ["one"], series));
        string[] hatches = [.. plot.GetPlottables<BarPlot>().Select(bars => Describe(bars.Bars.First().FillHatch))];
        Assert.Equal(series.Length, hatches.Distinct().Count());
        Assert.Equal("none", hatches[0]);
        Assert.All(plot.GetPlottables<BarPlot>(), bars => Assert.Equal(Colors.White, bars.Bars.First().FillHatchColor));

        static string Describe(IHatch? hatch) => hatch switch
        {
            null => "none",
            ScottPlot.Hatches.Striped stripes => $"stripes {stripes.StripeDirection}",
            ScottPlot.Hatches.Grid grid => $"grid {grid.Rotate}",
            _ => hatch.GetType().Name,
        };
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
        ChartSeries[] series = [new("a", [], [1, double.NaN]), new("b", [], [-2, 3]) { Low = [-3, double.NaN], High = [-1, double.NaN] }];
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
        Assert.Equal(["", "3.0"], drawn[1].Bars.Select(bar => bar.Label)); // an interval stands where there is one
        Assert.Equal([(-3.0, -1.0)], plot.GetPlottables<LinePlot>().Select(line => (line.Start.X, line.End.X)));
        Assert.All(plot.GetPlottables<LinePlot>(), line => Assert.Equal(MarkerShape.VerticalBar, line.MarkerShape)); // caps
        var limits = plot.Axes.GetLimits();
        Assert.True(limits.Left < -3 && limits.Right > 3, $"{limits}");
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
