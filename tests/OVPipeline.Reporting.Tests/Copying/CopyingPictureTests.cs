using OVPipeline.Core;
using ScottPlot;
using ScottPlot.Plottables;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

public sealed class CopyingPictureTests
{
    [Fact]
    public void Draw_Rows_AreBarsFromTopToBottomBesideTheirNames()
    {
        CopyingRow[] rows = [Row("head", CircuitKind.Head, 0.25, 0.5), Row("fit", CircuitKind.Trained, 0.75, 0.875)];
        using var plot = CopyingPicture.Draw("title", rows);
        var bars = plot.GetPlottables<BarPlot>().Single().Bars;
        Assert.Equal([25, 50, 75, 87.5], bars.Select(bar => bar.Value));
        Assert.Equal(bars.Select(bar => bar.Position).OrderDescending(), bars.Select(bar => bar.Position)); // the upper are higher
        Assert.Equal(["#0072B2", "#A6CEE3", "#D55E00", "#F4B183"], bars.Select(bar => bar.FillColor.ToHex()));
        // The first circuit's say what they are; trained circuits are striped, so that they are told apart in grey.
        Assert.Equal(["25.0 % rank first", "50.0 % are among the first five", "75.0", "87.5"], bars.Select(bar => bar.Label));
        Assert.Equal([false, false, true, true], bars.Select(bar => bar.FillHatch is ScottPlot.Hatches.Striped));
        Assert.False(plot.Legend.IsVisible);
        plot.RenderInMemory(); // ticks are made when it is drawn
        var ticks = plot.Axes.Left.TickGenerator.Ticks;
        Assert.Equal("head (rank 4)", ticks.MinBy(tick => Math.Abs(tick.Position - bars.First().Position)).Label);
        Assert.Equal("fit (rank 4)", ticks.MinBy(tick => Math.Abs(tick.Position - bars.Last().Position)).Label);
    }

    [Fact]
    public void Draw_VocabularyOfFewerThanFive_HasTheBarsOfTop1Alone()
    {
        using var plot = CopyingPicture.Draw("title", [Row("head", CircuitKind.Head, 0.25, null)]);
        Assert.Equal(25, Assert.Single(plot.GetPlottables<BarPlot>().Single().Bars).Value);
    }

    [Theory]
    [InlineData(0.99, 1)] // no tick beyond all tokens
    [InlineData(0.02, 0.03)]
    [InlineData(0, 0)]
    public void Draw_AnyShares_HaveRoomForTheirWordsAndTicksUpToAll(double top1, double top5)
    {
        using var plot = CopyingPicture.Draw("title", [Row("head", CircuitKind.Head, top1, top5)]);
        plot.RenderInMemory();
        double end = plot.Axes.GetLimits().Right;
        Assert.True(end * 0.7 >= 100 * top5 - 1e-9, $"{end}");
        Assert.InRange(plot.Axes.Bottom.TickGenerator.Ticks.Max(tick => tick.Position), 0, 100);
    }

    private static CopyingRow Row(string name, CircuitKind kind, double top1, double? top5) => new()
    {
        Name = name,
        Kind = kind,
        Rank = 4,
        Tokens = 1000,
        Top1 = top1,
        Top5 = top5,
        Mrr = 0.5,
        DPrime = null,
        LogLoss = 1,
        LogLossCalibrated = null,
        CopyingScore = null,
    };
}
