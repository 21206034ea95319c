using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class CopyingHeadsOptionsTests
{
    [Fact]
    public void MostPairs_Default_IsAllPairsOfFourLayersOfTwelveHeads() =>
        Assert.Equal(4 * (12 * 11 / 2), new CopyingHeadsOptions().MostPairs);
}
