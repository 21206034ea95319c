using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class PatternVerdictTests
{
    private static readonly Gate s_gate = Gate();

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
        PatternArm[] tested = [new("one pattern", Fits(one)), new("wide", Fits(wide)), new("halves", Fits(halves))];
        var statement = PatternVerdicts.Account(s_gate, tested, "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Account_OfOneFitEach_StaysOpen()
    {
        PatternArm[] tested = [new("one pattern", Fits(0.7)), new("wide", Interval(0.95)), new("halves", Fits(0.7))];
        var statement = PatternVerdicts.Account(s_gate, tested, "t");
        Assert.Equal(ReportTopic.Open, statement.Topic);
        Assert.Contains("one head is too narrow\" predicts this, but of one fit each", statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.89, "reaches 89.0 % of the baseline's gain")]
    [InlineData(-0.2, "reaches nothing of the baseline's gain")]
    [InlineData(0.9, null)]
    public void Start_RandomWeights_IsSaidWhereItFallsShort(double random, string? said) =>
        Contains(said, PatternVerdicts.Start(s_gate, random, "t"));

    [Theory]
    [InlineData(-0.001, "does worse on this text than a constant")]
    [InlineData(0.0, "has 0.0 % of the gain")]
    [InlineData(0.89, "has 89.0 % of the gain")]
    [InlineData(0.9, null)]
    [InlineData(1.5, null)]
    public void Model_Share_IsSaidWhereItFallsShort(double model, string? said) =>
        Contains(said, PatternVerdicts.Model(s_gate, model, "t"));

    [Fact]
    public void Start_GateFails_IsNotInformative() =>
        Assert.Equal(ReportTopic.NotInformative, PatternVerdicts.Start(Gate(informative: false), 0.1, "t")!.Topic);

    private static ConfidenceInterval Fits(double share) => Interval(share, share, share);

    private static void Contains(string? said, ReportStatement? statement)
    {
        Assert.Equal(said is null, statement is null);
        Assert.Contains(said ?? "", statement?.Text ?? "", StringComparison.Ordinal);
    }
}
