using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class BehaviourVerdictTests
{
    private static readonly Gate s_gate = Gate();

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
        Assert.Equal(ReportTopic.NotInformative, PatternVerdicts.Start(gate, 0.1, "t")!.Topic);
        Assert.Equal(ReportTopic.NotInformative, DynamicsVerdicts.Of(gate, DynamicsVerdict.Supported, new(new(null, null), new(null, null)), new(new(null, null), new(null, null)), new(1, 4), "t").Topic);
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
}
