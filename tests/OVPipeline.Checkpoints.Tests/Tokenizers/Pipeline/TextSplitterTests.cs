using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TextSplitterTests
{
    // The examples in the documentation of Hugging Face's tokenizers.
    [Theory]
    [InlineData(nameof(SplitBehavior.Removed), "the final countdown")]
    [InlineData(nameof(SplitBehavior.Isolated), "the - final - - countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithPrevious), "the- final- - countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithNext), "the -final - -countdown")]
    [InlineData(nameof(SplitBehavior.Contiguous), "the - final -- countdown")]
    public void Split_ByACharacter_PutsItWhereTheBehaviorSays(string behavior, string expected)
    {
        var where = Enum.Parse<SplitBehavior>(behavior);

        Assert.Equal(expected, string.Join(' ', TextSplitter.Split("the-final--countdown", new Regex("-"), where, false, Time)));
        Assert.Equal(expected, string.Join(' ', TextSplitter.Split("the-final--countdown", rune => rune.Value == '-', where)));
    }

    [Fact]
    public void Split_MatchOfNothingRightAfterAnother_DoesNotCut() =>
        Assert.Equal(["ab"], TextSplitter.Split("ab", new Regex("a|(?=b)"), SplitBehavior.MergedWithNext, false, Time));

    private static PatternTime Time => new("f", 20);
}
