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

    // Gaps on 1, 2 and 4 million tokens, which have to be within 0.005.
    [Theory]
    [InlineData(new[] { 0.002 }, ReportTopic.Found, "On 1,000,000 tokens of text it does not matter where fits of the two heads "
        + "start: from random weights they end 0.0020 (95 % interval 0.0020 to 0.0020) nats above those from the model's own circuits "
        + "over 2 starts of each kind, within 0.0050. Arms")]
    [InlineData(new[] { 0.08, 0.04, 0.02 }, ReportTopic.Open, "on 4,000,000 tokens of text fits from random weights still end 0.0200")]
    [InlineData(new[] { 0.08, 0.04, 0.02 }, ReportTopic.Open, "from 0.0400 to 0.0200: at that rate it would take about 16.0 million")]
    [InlineData(new[] { 0.02, 0.019 }, ReportTopic.Open, "did not narrow it so much that an amount could be named")]
    [InlineData(new[] { 0.02, 0.03 }, ReportTopic.Open, "did not narrow it so much")]
    [InlineData(new[] { 0.02 }, ReportTopic.Open, "One budget does not tell")]
    public void Starts_Gaps_AreSaidWithWhatItWouldTake(double[] gaps, ReportTopic topic, string said)
    {
        FitBudget[] budgets = [.. gaps.Select((gap, at) => Budget(1 << at, gap, gap))];
        var statement = PatternVerdicts.Starts(s_gate, budgets, 0.005, "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Starts_NoiseOfStarts_AsksForMore()
    {
        var statement = PatternVerdicts.Starts(s_gate, [Budget(1, 0.001, 0.004)], 0.005, "t");
        Assert.Equal(ReportTopic.Open, statement.Topic);
        Assert.EndsWith("more starts would tell.", statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, -0.004, "they end within 0.0040 of each other: it would take other text")]
    [InlineData(1, 0.006, "it would take about 4.0 million tokens")]
    [InlineData(2, -0.004, "it would take about 4.0 million tokens")] // no token came again
    public void Needed_SameTextAgain_TellsWhetherItIsUsedUp(int distinct, double fitted, string said)
    {
        var last = Budget(2, 0.01, 0.01);
        last = last with
        {
            DistinctTokens = 1_000_000 * distinct,
            Random = [.. last.Random.Select(one => one with { FittedLoss = 4 + fitted })],
            Own = Fitted(last.Own),
        };
        Assert.Contains(said, PatternVerdicts.Needed([Budget(1, 0.02, 0.02), last], 0.0051), StringComparison.Ordinal);

        static PatternFit[] Fitted(IReadOnlyList<PatternFit> fits) => [.. fits.Select(one => one with { FittedLoss = 4 })];
    }

    [Fact]
    public void Agrees_OneStart_CannotBeTold() => Assert.False(new FitBudget(1, 2000, 2000, [new([4.9])], [new([4.9])]).Agrees(0.005));

    [Theory]
    [InlineData(-0.001, "does worse on this text than a constant")]
    [InlineData(0.0, "has 0.0 % of the gain")]
    [InlineData(0.89, "has 89.0 % of the gain")]
    [InlineData(0.9, null)]
    [InlineData(1.5, null)]
    public void Model_Share_IsSaidWhereItFallsShort(double model, string? said) =>
        Contains(said, PatternVerdicts.Model(s_gate, model, "t"));

    [Fact]
    public void Starts_GateFails_IsNotInformative() =>
        Assert.Equal(ReportTopic.NotInformative, PatternVerdicts.Starts(Gate(informative: false), [Budget(1, 0.1, 0.1)], 0.01, "t").Topic);

    // Two starts of each kind, with these gaps.
    private static FitBudget Budget(int millions, double first, double second) =>
        new(millions, 1_000_000 * millions, 1_000_000, [new([5]), new([5])], [new([5 + first]), new([5 + second])]);

    private static ConfidenceInterval Fits(double share) => Interval(share, share, share);

    private static void Contains(string? said, ReportStatement? statement)
    {
        Assert.Equal(said is null, statement is null);
        Assert.Contains(said ?? "", statement?.Text ?? "", StringComparison.Ordinal);
    }
}
