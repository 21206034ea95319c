using Xunit;

namespace OVPipeline.Core.Tests.Models;

public sealed class TokenVariantsTests
{
    [Theory]
    [InlineData("the", "the"), InlineData("The", "the"), InlineData("␣the", "the"), InlineData("ĠTHE", "the"), InlineData("▁the", "the")]
    [InlineData(" the", "the"), InlineData("␣", "␣"), InlineData("then", "then"), InlineData("the ", "the ")]
    public void GroupOf_CaseAndLeadingSpace_AreLeftOut(string token, string group) => Assert.Equal(group, TokenVariants.GroupOf(token));
}
