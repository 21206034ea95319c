using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests.Frontier;

public sealed class FrontierSidesTests
{
    private const int Vocabulary = 2981; // log V is 8

    [Theory]
    [InlineData(4, 10, 4.0)] // its own bound
    [InlineData(3, 10, 4.0)] // that of a higher rank holds for it
    [InlineData(4, 9, 4.0)]  // that of a larger norm, too
    [InlineData(8, 10, 3.0)]
    [InlineData(2, 20, 3.5)] // and the better of two that hold
    [InlineData(2, 10, 4.0)]
    public void At_Bounds_TakesTheBestThatHolds(int rank, double norm, double least) =>
        Assert.Equal(least, Sides().At(rank, norm)!.LeastLogLoss);

    [Theory]
    [InlineData(9, 10)]
    [InlineData(4, 20.1)]
    public void At_NoBoundHolds_IsNull(int rank, double norm) => Assert.Null(Sides().At(rank, norm));

    [Theory]
    [InlineData(4, 10, 4.5, "a fit")]
    [InlineData(8, 10, 4.5, "a fit")]              // what a lower rank does
    [InlineData(3, 10, 7.0, "head 1.1")]           // the fit has more rank
    [InlineData(4, 5, 6.25, "a fit")]              // scaled to half its norm, half way to chance
    [InlineData(3, 2.5, 7.5, "head 1.1")]
    [InlineData(1, 10, 8.0, "no circuit at all")]  // of rank 1 nothing is known
    public void At_Circuits_TakesTheBestThatIsWithin(int rank, double norm, double most, string reachedBy)
    {
        var interval = Sides().At(rank, norm)!;
        Assert.Equal(most, interval.MostLogLoss, 1e-3); // log V is 8 to three decimals
        Assert.Equal(reachedBy, interval.ReachedBy);
        Assert.Equal(interval.MostLogLoss - interval.LeastLogLoss, interval.Width);
    }

    [Fact]
    public void At_NormInAnotherOrderOfSums_IsTheSameNorm() => Assert.Equal(4, Sides().At(4, 10 * (1 + 1e-12))!.LeastLogLoss);

    private static FrontierSides Sides() => new([Bound(4, 10, 4), Bound(8, 10, 3), Bound(4, 20, 3.5)],
        [new("a fit", 4, 10, 4.5), new("head 1.1", 2, 5, 7)], Vocabulary);

    private static FrontierBound Bound(int rank, double norm, double loss) =>
        new("a way", rank, norm, loss, loss + 0.01, 1e-8, 5, LowRankBoundStop.Tolerance);
}
