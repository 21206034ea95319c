using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

public sealed class CopyingSentencesTests
{
    private static readonly HeadIndex[] s_head = [new(0, 2)], s_pair = [new(0, 0), new(0, 2)];

    [Theory]
    [InlineData(60, 0, true)]    // the head copies
    [InlineData(0, 60, true)]    // two of them together
    [InlineData(60, 60, true)]
    [InlineData(19, 19, false)]  // 1.9 %
    [InlineData(20, 0, true)]    // 2 %
    [InlineData(1, 1, false)]
    public void NoCopyingHead_Counts_IsSaidWhereNoneCopies(int head, int pair, bool copies) =>
        Assert.Equal(copies, CopyingSentences.NoCopyingHead(Found(head, pair, 1000)) is null);

    [Fact]
    public void NoCopyingHead_SmallVocabulary_HasItsFigures() => Assert.Equal(
        "No copying head here: the only head, 0.2, ranks 3 of 24 tokens first and the best of 8 pairs, 0.0 + 0.2, 4. It takes more than 3 "
        + "and 4, which chance gives the best of so many in 95 of 100 cases, and at least 2 % of the tokens. Nothing is said of copying "
        + "heads.",
        CopyingSentences.NoCopyingHead(Found(3, 4, 24)));

    [Fact]
    public void NoCopyingHead_NoPair_SpeaksOfHeads() => Assert.Contains(
        "ranks 3 of 24 tokens first. It takes more than 3, which",
        CopyingSentences.NoCopyingHead(new([new(s_head, 3, 24, 0.2)], [], 0)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "Heads 0.0 + 0.2 copy most of all 8 pairs within a layer.")]
    [InlineData(1000,
        "Heads 0.0 + 0.2 copy most of 8 pairs within a layer, those whose heads copy most alone; the other 1,000 were not looked at.")]
    public void BestPair_Search_SaysWhetherItWasExhaustive(int leftOut, string sentence) =>
        Assert.Equal(sentence, CopyingSentences.BestPair(Found(3, 4, 24, leftOut)));

    [Fact]
    public void Sentences_OnePair_SaySo()
    {
        var found = Found(3, 3, 24, others: 0);
        Assert.Equal("Heads 0.0 + 0.2 are the only pair within a layer.", CopyingSentences.BestPair(found));
        Assert.Contains("and the only pair, 0.0 + 0.2, 3. It takes more than 3, which", CopyingSentences.NoCopyingHead(found),
            StringComparison.Ordinal);
    }

    [Fact]
    public void BestPair_NoPair_SaysNothing() => Assert.Null(CopyingSentences.BestPair(new([new(s_head, 3, 24, 0.2)], [], 0)));

    private static CopyingHeads Found(int head, int pair, int vocabulary, int leftOut = 0, int others = 7)
    {
        var rest = Enumerable.Repeat(new CopyingCount(s_pair, 0, vocabulary, 0.1), others);
        return new([new(s_head, head, vocabulary, 0.5)], [new(s_pair, pair, vocabulary, 0.5), .. rest], leftOut);
    }
}
