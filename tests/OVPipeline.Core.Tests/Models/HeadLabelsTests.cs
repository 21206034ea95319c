using Xunit;

namespace OVPipeline.Core.Tests.Models;

public sealed class HeadLabelsTests
{
    [Fact]
    public void Of_Heads_AreJoinedByPlus() => Assert.Equal("L1H1+L1H10", HeadLabels.Of([new(1, 1), new(1, 10)]));

    [Theory]
    [InlineData("1.10", "L1H10")]
    [InlineData("1.1 + 1.10", "L1H1+L1H10")]
    [InlineData("head 1.10", "head L1H10")]
    [InlineData("heads 1.1 + 1.7, truncated", "heads L1H1+L1H7, truncated")]
    [InlineData("one pattern, rank 2d (1.7's)", "one pattern, rank 2d (L1H7's)")]
    [InlineData("0.6 → 1.4", "L0H6 → L1H4")]
    [InlineData("all of layer 1", "all of layer 1")]
    [InlineData("trained, rank 16", "trained, rank 16")]
    [InlineData("v1.2.3 and x1.5", "v1.2.3 and x1.5")]
    [InlineData("L1H1+L1H7", "L1H1+L1H7")]
    public void InName_Name_HasLabelsForHeads(string name, string expected) => Assert.Equal(expected, HeadLabels.InName(name));

    [Theory]
    [InlineData("1.10")]
    [InlineData("heads 1.1 + 1.10, truncated")]
    [InlineData("0.6 → 1.4")]
    [InlineData("trained, rank 16")]
    public void ForPeople_NameOfAFile_IsTheNameItWasMadeOf(string name) =>
        Assert.Equal(name, HeadLabels.ForPeople(HeadLabels.InName(name)));
}
