using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests.Across;

public sealed class AcrossSentenceTests
{
    [Theory]
    [InlineData("head 1.1 copies 26.2 % of 3,142 tokens", "head 1.10 copies 4 % of 2,000 tokens")]
    [InlineData("started between 5M and 10M and was done by 20M", "started by 1M and was done between 10M and 20M")]
    [InlineData("at decays of 1e-6, 1e-5, and not at the others", "at decays of 1e-4, and not at the others")]
    [InlineData("S = -0.25 (−0.5 to 0.1)", "S = 0.4 (0.1 to 0.7)")]
    [InlineData("heads 1.1 + 1.7, of rank 32.", "heads 0.4 + 0.11, of rank 128.")]
    public void Words_OtherFigures_AreTheSame(string one, string other) =>
        Assert.Equal(AcrossSentence.Words(one), AcrossSentence.Words(other));

    [Theory]
    [InlineData("it stays above the best head's 26 %", "it falls below the best head's 26 %")]
    [InlineData("head 1.1 was done by 20M", "head 1.1 was not done by the end")]
    [InlineData("the two overlap", "the two do not overlap")]
    public void Words_OtherWords_Differ(string one, string other) =>
        Assert.NotEqual(AcrossSentence.Words(one), AcrossSentence.Words(other));

    [Fact]
    public void Of_Models_CountsWhoSaysWhatAndQuotesTheFirst()
    {
        var sentences = AcrossSentence.Of(
        [
            Model("a", "all copy 1 %", "some say 2", "a alone"), Model("b", "all copy 5 %", "b alone"),
            Model("c", "all copy 7 %", "some say 9"),
        ]);
        Assert.Equal(["all copy 1 %", "some say 2", "a alone", "b alone"], sentences.Select(one => one.Statement.Text));
        Assert.Equal([3, 2, 1, 1], sentences.Select(one => one.Count));
        Assert.Equal([true, false, true], sentences[1].Said);
    }

    [Fact]
    public void Of_SameWordsOfAnotherTopic_AreTwoSentences()
    {
        var can = Model("a", "it is 1") with { };
        var open = new ModelOutcomes("b", [new(new("e", "E", "?"), new Said(ReportTopic.Open, ["it is 1"]), null)]);
        Assert.Equal([1, 1], AcrossSentence.Of([can, open]).Select(one => one.Count));
    }

    [Fact]
    public void Of_ExperimentOnOtherModels_IsNotCounted()
    {
        var other = new ModelOutcomes("b", [new(ValueRank.Description, new Said(ReportTopic.Found, ["of nine others"]), null)]);
        Assert.Equal(["it is 1"], AcrossSentence.Of([Model("a", "it is 1"), other]).Select(one => one.Statement.Text));
    }

    private static ModelOutcomes Model(string name, params string[] sentences) =>
        new(name, [new(new("e", "E", "?"), new Said(ReportTopic.Found, sentences), null)]);

    private sealed record Said(ReportTopic Topic, IReadOnlyList<string> Sentences) : ExperimentResult
    {
        public override ReportSection ToSection() => new()
        {
            Id = "e",
            Title = "E",
            Question = "?",
            Statements = [.. Sentences.Select(sentence => new ReportStatement(Topic, sentence, "t"))],
        };
    }
}
