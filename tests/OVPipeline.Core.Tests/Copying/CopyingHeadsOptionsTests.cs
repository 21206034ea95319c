using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class CopyingHeadsOptionsTests
{
    [Fact]
    public void MostPairs_Default_IsAllPairsOfTwelveLayersOfTwelveHeads() =>
        Assert.Equal(12 * (12 * 11 / 2), new CopyingHeadsOptions().MostPairs);
}
