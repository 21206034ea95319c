using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Whether rank binds, by figures from both sides.</summary>
public sealed class RankSlackTests
{
    [Theory]
    [InlineData(5.96, 4.416, 4.521, 3.589, 3.624, RankVerdict.DoesNotBind)] // 1.44 is left, 0.93 could be added
    [InlineData(4.60, 4.416, 4.521, 3.589, 3.624, RankVerdict.Binds)] // 0.18 is left, 0.79 is added
    [InlineData(5.40, 4.416, 4.521, 3.589, 3.624, RankVerdict.CannotBeTold)] // 0.88 to 0.98 against 0.79 to 0.93
    [InlineData(5.455, 4.416, 4.521, 3.589, 3.624, RankVerdict.CannotBeTold)] // 0.934 against 0.932: within the tolerance
    [InlineData(4.00, 4.416, 4.521, 4.2, 4.3, RankVerdict.Binds)] // better than its rank at this norm: nothing is left
    [InlineData(4.50, 4.40, 4.45, 4.40, 4.45, RankVerdict.CannotBeTold)] // rank is all used up, and adds at most what is left
    public void Verdict_OfFigures_SaysWhichIsLarger(
        double loss, double least, double most, double widerLeast, double widerMost, RankVerdict expected) =>
        Assert.Equal(expected, RankSlack.Of(loss, (least, most), (widerLeast, widerMost)).Verdict(0.01));

    [Fact]
    public void Of_Figures_LeavesAndAddsFromBothSides()
    {
        var slack = RankSlack.Of(5, (3, 4), (1, 2));
        Assert.Equal(new RankSlack(1, 2, 1, 3), slack);
        Assert.Equal(new RankSlack(0, 0, 0, 0), RankSlack.Of(1, (3, 4), (5, 6)));
    }
}
