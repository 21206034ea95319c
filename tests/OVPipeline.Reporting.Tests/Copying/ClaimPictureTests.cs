using ScottPlot;
using ScottPlot.Plottables;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

public sealed class ClaimPictureTests
{
    private static readonly ClaimFigures s_small = Model("small", 0.25), s_large = Model("large", 0.5);

    [Fact]
    public void Draw_TwoModels_HasABarForEachShareWithItsRankAndPercent()
    {
        using var plot = ClaimPicture.Draw([s_small, s_large]);
        string[] texts = [.. plot.GetPlottables<Text>().Select(text => text.LabelText)];
        foreach (string expected in new[] { "small", "large", "best head", "trained pair", "25.0 %", "50.0 %", "100.0 %", "rank 4" })
            Assert.Contains(expected, texts);
        Assert.Equal(8, texts.Count(text => text == "rank 4"));
        Assert.Equal(2, texts.Count(text => text == "rank 8"));
        // Of each share the whole and the part, from the top down.
        var bars = plot.GetPlottables<Rectangle>().Chunk(2).ToArray();
        Assert.Equal(10, bars.Length);
        double[] shares = [0.25, 0.5, 0.3, 0.75, 0.1, 0.5, 1, 0.3, 0.75, 0.1];
        Assert.Equal(shares, bars.Select(bar => Math.Round((bar[1].X2 - bar[1].X1) / (bar[0].X2 - bar[0].X1), 6)));
        Assert.All(bars, bar => Assert.Equal((bar[0].X1, bar[0].Y1), (bar[1].X1, bar[1].Y1)));
        Assert.Equal(bars[..5].Select(bar => bar[0].Y1).OrderDescending(), bars[..5].Select(bar => bar[0].Y1));
        Assert.Equal(bars[..5].Select(bar => bar[0].Y1), bars[5..].Select(bar => bar[0].Y1)); // side by side
        Assert.True(bars[5][0].X1 > bars[0][0].X2);
        Assert.All(bars[4][1..], bar => Assert.Equal(Colors.White, bar.FillColor)); // open: on tokens that were kept out
        Assert.Equal([false, false, false, true, false], bars[..5].Select(bar => bar[1].FillHatch is not null)); // striped: trained
    }

    [Fact]
    public void Draw_TextOfAWidePicture_IsLegibleAtTheWidthOfAPhone()
    {
        using var plot = ClaimPicture.Draw([s_small, s_large]);
        var limits = plot.Axes.GetLimits();
        double onAPhone = 358 / limits.Right; // 390 pixels less a README's margins
        Assert.All(plot.GetPlottables<Text>().Where(text => text.LabelText is not ("0" or "100 %")),
            text => Assert.True(text.LabelFontSize * onAPhone >= 8.4, text.LabelText));
        Assert.All(plot.GetPlottables<Text>(), text => Assert.InRange(text.Location.Y, limits.Bottom, limits.Top));
    }

    [Fact]
    public void Draw_NoPairAndThreeModels_SaysNoneAndGoesOnBelow()
    {
        using var plot = ClaimPicture.Draw([s_small, s_small, s_large with { Pair = null }]);
        Assert.Equal("none", Assert.Single(plot.GetPlottables<Text>(), text => text.LabelText == "none").LabelText);
        var names = plot.GetPlottables<Text>().Where(text => text.LabelText is "small" or "large").ToArray();
        Assert.Equal(names[0].Location.Y, names[1].Location.Y);
        Assert.True(names[2].Location.Y < names[0].Location.Y);
        Assert.Equal(2, plot.GetPlottables<Text>().Count(text => text.LabelText == "best head"));
    }

    [Fact]
    public void Save_NoModel_Throws() => Assert.Throws<ArgumentException>(() => ClaimPicture.Save("claim.png", []));

    private static ClaimFigures Model(string name, double head) => new()
    {
        Model = name,
        Vocabulary = 1000,
        Head = new("x", 4, head, null),
        Pair = new("x", 8, 2 * head, null),
        Truncated = new("x", 4, 0.3, null),
        Trained = new("x", 4, 0.75, null),
        Unseen = new("x", 4, 0.1, null),
    };
}
