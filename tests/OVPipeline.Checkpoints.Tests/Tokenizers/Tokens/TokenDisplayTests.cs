using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TokenDisplayTests
{
    [Theory]
    [InlineData("the", "the")]
    [InlineData(" the", "␣the")]
    [InlineData("a  b ", "a␣␣b␣")]
    [InlineData("\n", @"\n")]
    [InlineData("\r\n\t", @"\r\n\t")]
    [InlineData(@"\n", @"\\n")]
    [InlineData("", "<empty>")]
    [InlineData("\0\u007F", @"\u0000\u007F")]
    [InlineData("\u00A0\u200B\u2028\uFEFF", @"\u00A0\u200B\u2028\uFEFF")]
    [InlineData("␣", @"\u2423")]
    [InlineData("\uE000\U000E0001", @"\uE000\U000E0001")]
    [InlineData("日本😀é", "日本😀é")]
    public void OfText_Character_IsVisible(string text, string expected) => Assert.Equal(expected, TokenDisplay.OfText(text));

    [Fact]
    public void OfText_LoneSurrogate_IsItsCode() => Assert.Equal(@"a\uD83Db", TokenDisplay.OfText("a\uD83Db"));

    [Theory]
    [InlineData("20E697A5", "␣日")]
    [InlineData("E697", "<0xE6><0x97>")]
    [InlineData("A541", "<0xA5>A")]
    [InlineData("0A", @"\n")]
    [InlineData("C080FF", "<0xC0><0x80><0xFF>")]
    [InlineData("", "<empty>")]
    public void OfBytes_PartsOfCharacters_AreCodes(string hex, string expected) =>
        Assert.Equal(expected, TokenDisplay.OfBytes(Convert.FromHexString(hex)));

    [Fact]
    public void OfText_EveryCharacter_IsDistinctAndNotEmpty()
    {
        var seen = new HashSet<string>();
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            string text = Rune.IsValid(value) ? new Rune(value).ToString() : ((char)value).ToString();
            string display = TokenDisplay.OfText(text);
            Assert.False(string.IsNullOrWhiteSpace(display));
            Assert.True(seen.Add(display), display);
        }
    }

    [Fact]
    public void MakeDistinct_Duplicates_GetTheirIds()
    {
        string[] displays = ["a", "b", "a", "a#4", "a", "a"];

        TokenDisplay.MakeDistinct(displays);

        Assert.Equal(["a", "b", "a#2", "a#4", "a#4#4", "a#5"], displays);
    }
}
