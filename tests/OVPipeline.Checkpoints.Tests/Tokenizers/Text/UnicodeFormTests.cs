using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class UnicodeFormTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u2126\u212A\u212B", "\u03A9K\u00C5")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("a\u0301\u0301", "\u00E1\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("a\u0305\u0301", "a\u0305\u0301")] // a mark of the same class between blocks
    [InlineData("a\u0323\u0301", "\u1EA1\u0301")] // a composed starter goes on being one
    [InlineData("a\u0301\u0323", "\u1EA1\u0301")] // two marks are put in order
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")] // no tail, though next to the first
    [InlineData("\uAC00\u11C2", "\uAC1B")] // the last tail
    public void C_Text_IsFormC(string text, string expected) => Assert.Equal(expected, UnicodeForm.C(text));

    [Theory]
    [InlineData("\uFF21\u00BD\uFB01", "A1\u20442fi", "A1\u20442fi")]
    [InlineData("\u1E9B\u0323", "\u1E69", "s\u0323\u0307")]
    [InlineData("\u00E9\u2460", "\u00E91", "e\u03011")]
    [InlineData("\u32FF", "\u32FF", "\u32FF")] // of Unicode 12.1, which the reference's table does not have
    public void KC_Text_IsFormKCAndKD(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, UnicodeForm.KC(text));
        Assert.Equal(decomposed, UnicodeForm.KD(text));
    }

    [Fact]
    public void D_ComposedText_IsFormD() => Assert.Equal("e\u0301\u1112\u1161\u11AB", UnicodeForm.D("\u00E9\uD55C"));
}
