using Xunit;

namespace OVPipeline.Core.Tests.Statistics;

public sealed class McNemarTests
{
    [Fact]
    public void Of_ApprovalRatings_AgreesWithAgresti()
    {
        // Agresti, Categorical Data Analysis (2002), section 10.1: 794, 150, 86, 570; z^2 = 17.36.
        var result = McNemar.Of(new ContingencyTable(794, 150, 86, 570));
        Assert.Equal(17.36, result.ChiSquare, 0.005);
        Assert.Equal(3.1e-5, result.PValue, 0.05e-5);
    }

    [Theory]
    [InlineData(5, 15, 0.04138947)] // 2 sum_{k<=5} C(20, k) / 2^20
    [InlineData(15, 5, 0.04138947)]
    [InlineData(0, 6, 0.03125)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    public void Of_SmallCounts_ExactPValueIsTheBinomial(long onlyFirst, long onlySecond, double expected) =>
        Assert.Equal(expected, McNemar.Of(onlyFirst, onlySecond).ExactPValue, 1e-8);

    [Fact]
    public void Of_ManyDiscordantUnits_ExactAndChiSquareAgree()
    {
        var result = McNemar.Of(5_000, 5_200);
        Assert.Equal(result.PValue, result.ExactPValue, 0.002);
    }

    [Fact]
    public void Of_NegativeCount_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => McNemar.Of(-1, 2));
}
