using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class PutBackVerdictTests
{
    private static readonly Gate s_gate = Gate();

    [Theory]
    [InlineData(0.01, 0.005, 0.02, 1)]
    [InlineData(0.01, 0, 0.02, 2)]             // its interval holds zero
    [InlineData(0.01, double.NaN, double.NaN, 1)]
    [InlineData(-0.01, double.NaN, double.NaN, 2)]
    [InlineData(0, double.NaN, double.NaN, 2)]
    public void Worth_Gain_IsToldFromZeroOrNot(double gain, double low, double high, int sentences)
    {
        var said = PutBackVerdicts.Worth(s_gate, Interval(gain, low, high), "t").ToArray();
        Assert.Equal(sentences, said.Length);
        Assert.Equal(ReportTopic.Found, said[0].Topic);
        Assert.StartsWith("Heads 1.4 and 1.7 together are worth ", said[0].Text, StringComparison.Ordinal);
        if (sentences == 2)
            Assert.Equal(new(ReportTopic.Open, "That gain cannot be told from zero, so no share of it is given.", "t"), said[1]);
    }

    [Theory]
    [InlineData(PutBackArmName.Truncated, 0.9, ReportTopic.CannotExplain, "keeps 90.0 % of what they do for the loss, from 10.0 to 95")]
    [InlineData(PutBackArmName.Truncated, 0.89, ReportTopic.Found, "keeps 89.0 % of what they do")]
    [InlineData(PutBackArmName.Copier, 0.95, ReportTopic.Found, "keeps 95.0 % of what they do")]
    [InlineData(PutBackArmName.Copier, 0.0, ReportTopic.Found, "keeps 0.0 % of what they do")]
    [InlineData(PutBackArmName.Copier, 1.0, ReportTopic.Found, "keeps 100.0 % of what they do")]
    [InlineData(PutBackArmName.Copier, 1.01, ReportTopic.Found, "keeps all that they do for the loss and more: it gains -0.0200 nats.")]
    [InlineData(PutBackArmName.Truncated, 1.01, ReportTopic.CannotExplain, "keeps all that they do for the loss and more")]
    [InlineData(PutBackArmName.Copier, -0.01, ReportTopic.Found, "keeps nothing of what they do for the loss, which is 0.0200 nats")]
    public void Kept_Share_IsShownWhereItIsOne(string arm, double share, ReportTopic topic, string said)
    {
        var statement = PutBackVerdicts.Kept(s_gate, arm, Interval(share, 0.1, 0.95), Interval(-0.02), "t")!;
        Assert.Equal(topic, statement.Topic);
        string named = arm == PutBackArmName.Copier ? "a trained copier" : arm;
        Assert.StartsWith($"In the place of heads 1.4 and 1.7 {named} {said}", statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Kept_NoShare_SaysNothing() =>
        Assert.Null(PutBackVerdicts.Kept(s_gate, PutBackArmName.Copier, Interval(double.NaN), Interval(1), "t"));

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(1.0, true)]
    [InlineData(1.001, false)]
    [InlineData(-0.001, false)]
    [InlineData(double.NaN, false)]
    public void Cells_Share_IsShownWhereItIsOne(double share, bool shown)
    {
        var row = new PutBackRow("both", 2, "arm", 1, 1, 1, Interval(1), Interval(share));
        Assert.Equal(shown, row.Cells()[8].Number is not null);
        var part = new CopySplitRow("A", CopySplitRow.Diagonal, 1, Interval(1), Interval(share));
        Assert.Equal(shown, part.Cells()[4].Number is { } number && !double.IsNaN(number));
    }

    [Theory]
    [InlineData(0.25, ReportTopic.Found, "Of what A does for the loss, copying (the diagonal alone) does 25.0 %.")]
    [InlineData(0.0, ReportTopic.Found, "Of what A does for the loss, copying (the diagonal alone) does 0.0 %.")]
    [InlineData(1.0, ReportTopic.Found, "Of what A does for the loss, copying (the diagonal alone) does 100.0 %.")]
    [InlineData(1.1, ReportTopic.Found, "Copying (the diagonal alone) does for the loss more than all that A does.")]
    [InlineData(-0.1, ReportTopic.Found, "Of what A does for the loss, copying (the diagonal alone) does nothing: by itself it harms.")]
    [InlineData(double.NaN, ReportTopic.Open, "What A does for the loss cannot be told from nothing, so its copy fraction is not given.")]
    public void CopyFraction_Share_IsShownWhereItIsOne(double fraction, ReportTopic topic, string text) =>
        Assert.Equal(new ReportStatement(topic, text, "t"), PutBackVerdicts.CopyFraction(s_gate, "A", Interval(fraction), "t"));

    [Fact]
    public void CopyFraction_TwoHeads_Do() => Assert.StartsWith("Of what A and B (1.0, 1.2) do for the loss, ",
        PutBackVerdicts.CopyFraction(s_gate, "A and B (1.0, 1.2)", Interval(0.5), "t").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.1, 0.4, "25.0 % of it, from 10.0 to 40.0 %")]
    [InlineData(0.0, 1.0, "25.0 % of it, from 0.0 to 100.0 %")]
    [InlineData(-0.1, 0.4, "no more than 40.0 % of it, and perhaps nothing")]
    [InlineData(0.1, 1.1, "at least 10.0 % of it, and perhaps all")]
    [InlineData(-0.1, 1.1, "a part of it that cannot be told")]
    [InlineData(double.NaN, double.NaN, "25.0 % of it")]
    public void ShareWords_EndsThatAreNoShares_AreNotShown(double low, double high, string words)
    {
        Assert.Equal(words, PutBackVerdicts.ShareWords(Interval(0.25, low, high), "of it"));
        var cells = new CopySplitRow("A", CopySplitRow.Diagonal, 1, Interval(1), Interval(0.25, low, high)).Cells();
        Assert.Equal((low is >= 0 and <= 1, high is >= 0 and <= 1), (cells[5].Number is not null, cells[6].Number is not null));
        cells = new PutBackRow("both", 2, "arm", 1, 1, 1, Interval(1), Interval(0.25, low, high)).Cells();
        Assert.Equal((low is >= 0 and <= 1, high is >= 0 and <= 1), (cells[9].Number is not null, cells[10].Number is not null));
    }

    [Fact]
    public void Statements_GateFails_AreNotInformative()
    {
        var gate = Gate(informative: false);
        Assert.Equal(ReportTopic.NotInformative, PutBackVerdicts.CopyFraction(gate, "A", Interval(0.5), "t").Topic);
        Assert.Equal(ReportTopic.NotInformative, PutBackVerdicts.Kept(gate, PutBackArmName.Copier, Interval(0.5), Interval(1), "t")!.Topic);
        Assert.All(PutBackVerdicts.Worth(gate, Interval(-1), "t"), said => Assert.Equal(ReportTopic.NotInformative, said.Topic));
    }
}
