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
        Assert.Equal(["25.0", "50.0", "75.0", "87.5"], bars.Select(bar => bar.Label));
        plot.RenderInMemory(); // ticks are made when it is drawn
        var ticks = plot.Axes.Left.TickGenerator.Ticks;
        Assert.Equal("head (rank 4)", ticks.MinBy(tick => Math.Abs(tick.Position - bars.First().Position)).Label);
        Assert.Equal("fit (rank 4)", ticks.MinBy(tick => Math.Abs(tick.Position - bars.Last().Position)).Label);
        Assert.Equal(
            [("model, top1", "#0072B2"), ("model, top5", "#A6CEE3"), ("trained, top1", "#D55E00"), ("trained, top5", "#F4B183")],
            plot.Legend.ManualItems.Select(item => (item.LabelText, item.FillColor.ToHex())));
    }

    [Fact]
    public void Draw_VocabularyOfFewerThanFive_HasTheBarsOfTop1Alone()
    {
        using var plot = CopyingPicture.Draw("title", [Row("head", CircuitKind.Head, 0.25, null)]);
        Assert.Equal(25, Assert.Single(plot.GetPlottables<BarPlot>().Single().Bars).Value);
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
