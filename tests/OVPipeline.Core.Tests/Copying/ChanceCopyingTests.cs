using MathNet.Numerics.Distributions;
using Xunit;

namespace OVPipeline.Core.Tests.Copying;

public sealed class ChanceCopyingTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(5, 12)]
    [InlineData(24, 4)]
    [InlineData(40, 24)]
    [InlineData(3142, 24)]
    [InlineData(3142, 132)]
    [InlineData(50_278, 1000)]
    public void MostTokens_Any_IsTheBinomialQuantile(int vocabulary, int circuits)
    {
        int most = ChanceCopying.MostTokens(vocabulary, circuits);
        double Above(int count) => count >= vocabulary ? 0 : 1 - Binomial.CDF(1.0 / vocabulary, vocabulary, count);
        Assert.True(Above(most) * circuits <= 0.05, $"{most} is exceeded by chance.");
        Assert.True(most == 0 || Above(most - 1) * circuits > 0.05, $"{most} is not the smallest such number.");
    }

    [Fact]
    public void MostTokens_OneToken_IsIt() => Assert.Equal(1, ChanceCopying.MostTokens(1));

    [Theory]
    [InlineData(20, 1000, 1, true)]   // 2 % exactly
    [InlineData(19, 1000, 1, false)]  // a handful
    [InlineData(3, 100, 1, false)]    // 3 %, as chance may have it: at most 3 in 95 of 100 cases
    [InlineData(4, 100, 1, true)]
    [InlineData(4, 100, 100, false)]  // the best of a hundred
    [InlineData(7, 100, 100, true)]
    [InlineData(2, 2, 1, false)]      // of two tokens chance copies both in one case of four
    [InlineData(0, 5, 1, false)]
    public void IsMaterial_Counts_AreAboveChanceAndAHandful(int copied, int vocabulary, int circuits, bool material) =>
        Assert.Equal(material, ChanceCopying.IsMaterial(copied, vocabulary, circuits));
}
