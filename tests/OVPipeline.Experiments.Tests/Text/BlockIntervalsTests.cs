using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class BlockIntervalsTests
{
    private static readonly int[] s_books = [0, 0, 0, 0, 0, 0];

    [Fact]
    public void Ratio_DenominatorOfOneSign_IsTheRatioOfSumsWithAnInterval()
    {
        var ratio = new BlockIntervals(s_books).Ratio([1, 2, 3, 1, 2, 3], [2, 4, 6, 2, 4, 6.5]);
        Assert.Equal(12 / 24.5, ratio.Estimate, 12);
        Assert.InRange(ratio.Low, 0.45, ratio.Estimate);
        Assert.InRange(ratio.High, ratio.Estimate, 0.5);
    }

    // The mean is above zero, and its interval holds zero: of what may be nothing there is no share.
    [Theory]
    [InlineData(new double[] { 1, -1, 2, -2, 3, -2 })]
    [InlineData(new double[] { 3, 0, 0, 0, 0, -0.5 })]
    [InlineData(new double[] { -1, -1, -1, -1, -1, -1 })]
    [InlineData(new double[] { 0, 0, 0, 0, 0, 0 })]
    public void Ratio_DenominatorThatMayBeZero_IsNotGiven(double[] denominator)
    {
        var ratio = new BlockIntervals(s_books).Ratio([1, 1, 1, 1, 1, 1], denominator);
        Assert.Equal((double.NaN, double.NaN, double.NaN), (ratio.Estimate, ratio.Low, ratio.High));
    }

    [Fact]
    public void Mean_FewBlocks_HasNoInterval()
    {
        var mean = new BlockIntervals([0, 0, 0, 0]).Mean([1, 2, 3, 4]);
        Assert.Equal((2.5, double.NaN, double.NaN), (mean.Estimate, mean.Low, mean.High));
        Assert.Contains("not given for so few", new BlockIntervals([0, 0]).Units, StringComparison.Ordinal);
    }
}
