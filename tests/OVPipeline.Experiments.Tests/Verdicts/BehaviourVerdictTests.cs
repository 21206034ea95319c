using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class BehaviourVerdictTests
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
    [InlineData(PutBackArms.Truncated, 0.9, ReportTopic.CannotExplain, "keeps 90.0 % of that, from 10.0 to 95.0 %.")]
    [InlineData(PutBackArms.Truncated, 0.89, ReportTopic.Found, "keeps 89.0 % of that")]
    [InlineData(PutBackArms.Copier, 0.95, ReportTopic.Found, "keeps 95.0 % of that")]
    [InlineData(PutBackArms.Copier, 0.0, ReportTopic.Found, "keeps 0.0 % of that")]
    [InlineData(PutBackArms.Copier, 1.0, ReportTopic.Found, "keeps 100.0 % of that")]
    [InlineData(PutBackArms.Copier, 1.01, ReportTopic.Found, "keeps all of that and more: it gains -0.0200 nats.")]
    [InlineData(PutBackArms.Truncated, 1.01, ReportTopic.CannotExplain, "keeps all of that and more")]
    [InlineData(PutBackArms.Copier, -0.01, ReportTopic.Found, "keeps nothing of that: the loss is 0.0200 nats above mean ablation's.")]
    public void Kept_Share_IsShownWhereItIsOne(string arm, double share, ReportTopic topic, string said)
    {
        var statement = PutBackVerdicts.Kept(s_gate, arm, Interval(share, 0.1, 0.95), Interval(-0.02), "t")!;
        Assert.Equal(topic, statement.Topic);
        Assert.StartsWith($"In the place of both, {arm} {said}", statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Kept_NoShare_SaysNothing() => Assert.Null(PutBackVerdicts.Kept(s_gate, PutBackArms.Copier, Interval(double.NaN), Interval(1), "t"));

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(1.0, true)]
    [InlineData(1.001, false)]
    [InlineData(-0.001, false)]
    [InlineData(double.NaN, false)]
    public void Cells_Share_IsShownWhereItIsOne(double share, bool shown)
    {
        Assert.Equal(shown, new PutBackRow("both", 2, "arm", 1, 1, 1, Interval(1), Interval(share)).Cells()[8].Number is not null);
        Assert.Equal(shown, new CopySplitRow("A", CopySplitRow.Diagonal, 1, Interval(1), Interval(share)).Cells()[4].Number is { } number && !double.IsNaN(number));
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

    [Theory]
    [InlineData(10, 5, 5, 20, ": the two overlap more than chance would have it, rather than dividing the vocabulary.")]
    [InlineData(2, 8, 8, 20, ": with frequency held, they overlap less than chance would have it, as heads that divide the vocabulary would.")]
    [InlineData(4, 8, 8, 16, ".")]
    public void Overlap_OddsRatio_SaysWhetherTheyDivide(int both, int first, int second, int neither, string end)
    {
        var statement = RoleVerdicts.Overlap(s_gate, Sets(new(both, first, second, neither), new(0, 0, 0, 0)), "t")!;
        Assert.Equal(ReportTopic.Found, statement.Topic);
        Assert.EndsWith("% of those it does not" + end, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlap_ReversedByFrequency_SaysFrequencyIsHeld()
    {
        // In either stratum the two overlap more than chance would have it, in all tokens less (Simpson).
        var sets = Sets(new(1, 1, 40, 60), new(60, 300, 1, 8));
        Assert.True(sets.OddsRatio > 1 && sets.GivenA < sets.GivenNotA, $"{sets.OddsRatio}, {sets.GivenA}, {sets.GivenNotA}");
        Assert.EndsWith(": with frequency held, the two overlap more than chance would have it.", RoleVerdicts.Overlap(s_gate, sets, "t")!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 5, 20)]
    [InlineData(5, 20, 0, 0)]
    public void Overlap_HeadThatCopiesNoneOrAll_SaysNothing(int both, int first, int second, int neither) =>
        Assert.Null(RoleVerdicts.Overlap(s_gate, Sets(new(both, first, second, neither), new(0, 0, 0, 0)), "t"));

    [Theory]
    [InlineData(0.5, 0.1, 0.9, ReportTopic.Found, "head 1.4 is relatively more for induction")]
    [InlineData(-0.5, -0.9, -0.1, ReportTopic.Found, "head 1.7 is relatively more for induction")]
    [InlineData(0.5, 0.0, 0.9, ReportTopic.Found, "neither head is told to be more for induction than the other (S = 0.50, from 0.00 to 0.90)")]
    [InlineData(-0.5, -0.9, 0.0, ReportTopic.Found, "neither head is told")]
    [InlineData(0.5, double.NaN, double.NaN, ReportTopic.Found, "neither head is told to be more for induction than the other (S = 0.50).")]
    [InlineData(double.NaN, double.NaN, double.NaN, ReportTopic.Open, "cannot be told from zero, or is harmful")]
    public void Specialization_Interval_HasToBeClearOfZero(double s, double low, double high, ReportTopic topic, string said)
    {
        var statement = RoleVerdicts.Specialization(s_gate, "ablation", Interval(s, low, high), "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Supported", ReportTopic.CannotExplain, "had slack to its rank's frontier")]
    [InlineData("Refuted", ReportTopic.Found, "is refuted here")]
    [InlineData("NoSlack", ReportTopic.Can, "Rank may have played a part")]
    [InlineData("Open", ReportTopic.Open, "cannot be told from these checkpoints")]
    public void Dynamics_Verdict_HasItsSentence(string verdict, ReportTopic topic, string said)
    {
        HeadHistory a = new(new(1_000_000, 2_000_000), new(3_000_000, 4_000_000)), b = new(new(null, 1_000_000), new(4_000_000, null));
        var statement = DynamicsVerdicts.Of(s_gate, Enum.Parse<DynamicsVerdict>(verdict), a, b, new(1, 7), "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
        Assert.Contains("in tokens seen, head 1.4 started between 1M and 2M and was done between 3M and 4M; head 1.7 started by 1M and was done not by the end", statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 4, false, 0.25, true)]
    [InlineData(3.57, 4, false, 0.79655625, true)]
    [InlineData(3.58, 4, false, 0.801025, false)]
    [InlineData(4, 4, false, 1.0, false)]
    [InlineData(4.1, 4, false, null, null)] // the fit separates less well than the head: it is no frontier
    [InlineData(-1, 4, false, 0.0, true)]
    [InlineData(2, 0, false, null, null)]
    [InlineData(2, -1, false, null, null)]
    [InlineData(2, 4, true, null, null)]
    public void Share_OfAFit_IsOneOrNone(double own, double fit, bool failed, double? share, bool? slack)
    {
        Assert.Equal(share ?? -1, DynamicsVerdicts.Share(own, fit, failed) ?? -1, 12);
        Assert.Equal(slack, DynamicsVerdicts.HasSlack(share));
    }

    [Theory]
    [InlineData(0.7, 0.95, 0.7, ReportTopic.Can, "as the account \"rank: one head is too narrow\" has it")]
    [InlineData(0.7, 0.7, 0.95, ReportTopic.CannotExplain, "different jobs")]
    [InlineData(0.95, 0.95, 0.95, ReportTopic.CannotExplain, "redundant or accidental")]
    [InlineData(0.8, 0.95, 0.7, ReportTopic.Open, "none of the accounts predicts this")]
    [InlineData(0.75, 0.95, 0.7, ReportTopic.Open, "none of the accounts predicts this")]
    [InlineData(0.7, 0.9, 0.7, ReportTopic.Can, "one pattern keeps 70.0 % of the two heads' gain, wide 90.0 %, halves 70.0 %")]
    [InlineData(-0.1, 1.2, 0.7, ReportTopic.Can, "one pattern keeps nothing of the two heads' gain, wide all, halves 70.0 %")]
    public void Account_Shares_IsTheOneThatPredictsThem(double one, double wide, double halves, ReportTopic topic, string said)
    {
        var statement = PatternVerdicts.Account(s_gate, [new("one pattern", Interval(one)), new("wide", Interval(wide)), new("halves", Interval(halves))], "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.89, "reaches 89.0 % of the baseline's gain")]
    [InlineData(-0.2, "reaches nothing of the baseline's gain")]
    [InlineData(0.9, null)]
    public void Start_RandomWeights_IsSaidWhereItFallsShort(double random, string? said) => Contains(said, PatternVerdicts.Start(s_gate, random, "t"));

    [Theory]
    [InlineData(-0.001, "does worse on this text than a constant")]
    [InlineData(0.0, "has 0.0 % of the gain")]
    [InlineData(0.89, "has 89.0 % of the gain")]
    [InlineData(0.9, null)]
    [InlineData(1.5, null)]
    public void Model_Share_IsSaidWhereItFallsShort(double model, string? said) => Contains(said, PatternVerdicts.Model(s_gate, model, "t"));

    [Fact]
    public void Statements_GateFails_AreNotInformative()
    {
        var gate = Gate(informative: false);
        Assert.Equal(ReportTopic.NotInformative, PutBackVerdicts.CopyFraction(gate, "A", Interval(0.5), "t").Topic);
        Assert.Equal(ReportTopic.NotInformative, PatternVerdicts.Start(gate, 0.1, "t")!.Topic);
        Assert.Equal(ReportTopic.NotInformative, DynamicsVerdicts.Of(gate, DynamicsVerdict.Supported, new(new(null, null), new(null, null)), new(new(null, null), new(null, null)), new(1, 4), "t").Topic);
        Assert.Equal(ReportTopic.NotInformative, RoleVerdicts.Together(gate, Sets(new(1, 1, 1, 1), new(0, 0, 0, 0)), "t").Topic);
    }

    [Fact]
    public void Mark_NoCopyingHead_TakesTheStatementsAway()
    {
        var section = new ReportSection { Id = "x", Title = "X", Question = "?", Statements = [new(ReportTopic.Found, "A head copies.", "t")] };
        Assert.Same(section, s_gate.Mark(section));
        Assert.Single(Gate(informative: false).Mark(section).Statements);
        var none = s_gate with { NoCopyingHead = "No copying head here." };
        Assert.False(none.Informative, "No head copies, and yet.");
        Assert.Equal((ReportStatus.NotInformative, 0, 0), (none.Mark(section).Status, none.Mark(section).Statements.Count, none.Spoken(section).Statements.Count));
    }

    [Theory]
    [InlineData(0.5, 0.1, 0.9, ReportTopic.Can, "more heads copy (figures)")]
    [InlineData(0.5, 0.0, 0.9, ReportTopic.Open, "is not seen to follow")]
    [InlineData(-0.5, -0.9, -0.1, ReportTopic.Open, "fewer heads copy 2 % of the tokens (figures)")]
    [InlineData(-0.5, -0.9, 0.0, ReportTopic.Open, "is not seen to follow")]
    public void Count_Interval_HasToBeClearOfZero(double change, double low, double high, ReportTopic topic, string said)
    {
        var statement = ValueRankVerdicts.Count(new(Interval(change, low, high), "figures"), "t");
        Assert.Equal(topic, statement.Topic);
        Contains(said, statement);
    }

    [Theory]
    [InlineData(0.1, 0.9, -0.1, ReportTopic.Open, "r", "at rank 4, 40.0 % at rank 16): what rank does and how far training came cannot be told apart")]
    [InlineData(0.1, 0.9, 0.0, ReportTopic.Can, "t", "is spread over more heads (figures).")]
    [InlineData(0.0, 0.9, -0.1, ReportTopic.Open, "t", "is not seen to follow")]
    [InlineData(-0.9, -0.1, -0.1, ReportTopic.CannotExplain, "t", "is spread over fewer heads (figures).")]
    [InlineData(-0.9, 0.0, 0.1, ReportTopic.Open, "t", "is not seen to follow")]
    public void Spread_Interval_HasToBeClearOfZero(double low, double high, double layerHigh, ReportTopic topic, string table, string said)
    {
        var statement = ValueRankVerdicts.Spread(new(Interval(0, low, high), "figures"), Interval(-0.2, -0.3, layerHigh), (4, 0.2), (16, 0.4), "t", "r");
        Assert.Equal((topic, table), (statement.Topic, statement.Table));
        Contains(said, statement);
    }

    private static void Contains(string? said, ReportStatement? statement)
    {
        Assert.Equal(said is null, statement is null);
        Assert.Contains(said ?? "", statement?.Text ?? "", StringComparison.Ordinal);
    }

    private static CopiedSets Sets(params ContingencyTable[] strata) => new(new(1, 4), new(1, 7), strata, 3, 2);
}
