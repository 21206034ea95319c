using OVPipeline.Core;
using ScottPlot;
using ScottPlot.Plottables;
using Xunit;

namespace OVPipeline.Reporting.Tests;

public sealed class TrainingPictureTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.png");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Save_Panels_DrawsEachBelowTheOther()
    {
        var line = new ChartSeries("loss", [1, 2, 3], [3, double.NaN, 1]);
        TrainingPicture.Save(_path, "title", "tokens", [new("nats", [line])]);
        int one = Height();
        TrainingPicture.Save(
            _path, "title", "tokens", [new("nats", [line]), new("%", [line, line with { Name = "other" }]), new("score", [line])]);
        Assert.Equal(3 * one, Height());
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(6, true)]
    public void Draw_Panel_NamesFewCurvesAtTheirEnds(int count, bool hasLegend)
    {
        using var plot = new Plot();
        TrainingPicture.Draw(plot, new("nats", [.. Enumerable.Range(0, count).Select(i => new ChartSeries($"c{i}", [1, 2], [1, i]))]));
        Assert.Equal(hasLegend, plot.Axes.GetPanels().OfType<ScottPlot.Panels.LegendPanel>().Any());
        plot.RenderInMemory();
        Assert.Equal(hasLegend ? 0 : count, plot.Axes.Right.TickGenerator.Ticks.Count(tick => tick.Label.StartsWith('c')));
        Assert.Equal(ReportFonts.Sans, plot.Axes.Left.Label.FontName);
        Assert.Equal(count, plot.GetPlottables<Scatter>().Select(line => (line.Color, line.LinePattern.Name)).Distinct().Count());
    }

    [Fact]
    public void Save_NothingToDraw_SaysSo()
    {
        Assert.Throws<ArgumentException>(() => TrainingPicture.Save(_path, "title", "tokens", []));
        Assert.Throws<ArgumentException>(() => TrainingPicture.Save(_path, "title", "tokens", [new("nats", [])]));
        var uneven = Assert.Throws<ArgumentException>(
            () => TrainingPicture.Save(_path, "title", "tokens", [new("nats", [new("loss", [1, 2], [3])])]));
        Assert.Contains("'loss' has 2 positions for 1 values", uneven.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_path));
    }

    // A PNG's height is the big-endian number at byte 20.
    private int Height() => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(_path).AsSpan(20));
}
