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
    [InlineData("L1H4", 1, 4)]
    [InlineData("L0H10", 0, 10)]
    [InlineData("l12h3", 12, 3)]
    public void Parse_Label_IsTheHead(string text, int layer, int head) => Assert.Equal(new HeadIndex(layer, head), HeadIndex.Parse(text));

    [Fact]
    public void Label_EveryHead_IsNoNumberAndRoundTrips()
    {
        HeadIndex[] heads =
        [
            .. Enumerable.Range(0, 24).SelectMany(layer => Enumerable.Range(0, 24).Select(head => new HeadIndex(layer, head))),
        ];
        Assert.Equal(heads.Length, heads.Select(head => head.Label).Distinct().Count());
        Assert.All(heads, head => Assert.False(double.TryParse(head.Label, out _)));
        Assert.All(heads, head => Assert.Equal(head, HeadIndex.Parse(head.Label)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("L1")]
    [InlineData("L1H")]
    [InlineData("1H4")]
    [InlineData("L1.4")]
    [InlineData("L1H4H2")]
    [InlineData("L-1H4")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData("-1.4")]
    [InlineData("1.4.2")]
    [InlineData("a.b")]
    public void Parse_AnythingElse_QuotesIt(string text)
    {
        var error = Assert.Throws<FormatException>(() => HeadIndex.Parse(text));
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }
}
