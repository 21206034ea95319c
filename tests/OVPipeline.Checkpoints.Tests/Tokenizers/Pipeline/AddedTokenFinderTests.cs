using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class AddedTokenFinderTests
{
    [Fact]
    public void Cut_TokensThatBothTakeTheSpaceBetween_GiveItToTheFirst() =>
        Assert.Equal(["a", " <m> ", "<m> "], Parts(new AddedToken(1, "<m>", LeftStrip: true, RightStrip: true), "a <m> <m> "));

    [Theory]
    [InlineData("ab", "ab")]
    [InlineData("xab", "")]
    [InlineData("abx", "")]
    [InlineData("(ab)", "ab")]
    [InlineData("ab_ab ab", "ab")]
    public void Cut_SingleWord_IsFoundWhereNoWordTouchesIt(string text, string found)
    {
        var finder = new AddedTokenFinder([new(1, "ab", SingleWord: true)]);

        Assert.Equal(found, string.Join('|', finder.Cut(text, Time).Where(part => part.Token is not null).Select(part => part.Text)));
    }

    [Fact]
    public void Cut_TokenThatBeginsAnother_GivesWayToTheLonger()
    {
        var finder = new AddedTokenFinder([new(1, "<a"), new(2, "<a>")]);

        Assert.Equal(["<a>", "<a"], finder.Cut("<a><a", Time).Select(part => part.Text));
    }

    private static IEnumerable<string> Parts(AddedToken token, string text) =>
        new AddedTokenFinder([token]).Cut(text, Time).Select(part => part.Text);

    private static PatternTime Time => new("f", 20);
}
