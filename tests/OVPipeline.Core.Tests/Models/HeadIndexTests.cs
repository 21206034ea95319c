using Xunit;

namespace OVPipeline.Core.Tests.Models;

public sealed class HeadIndexTests
{
    [Theory]
    [InlineData("1.4", 1, 4)]
    [InlineData("0.10", 0, 10)]
    public void Parse_LayerDotHead_RoundTrips(string text, int layer, int head)
    {
        Assert.Equal(new HeadIndex(layer, head), HeadIndex.Parse(text));
        Assert.Equal(text, HeadIndex.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData("-1.4")]
    [InlineData("1.4.2")]
    [InlineData("a.b")]
    public void Parse_AnythingElse_QuotesIt(string text) => Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => HeadIndex.Parse(text)).Message, StringComparison.Ordinal);
}
