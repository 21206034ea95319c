using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class RoleVerdictTests
{
    private static readonly Gate s_gate = Gate();

    [Theory]
    [InlineData(10, 5, 5, 20, ": the two overlap more than chance would have it, rather than dividing the vocabulary.")]
    [InlineData(2, 8, 8, 20,
        ": with frequency held, they overlap less than chance would have it, as heads that divide the vocabulary would.")]
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
        string said = RoleVerdicts.Overlap(s_gate, sets, "t")!.Text;
        Assert.EndsWith(": with frequency held, the two overlap more than chance would have it.", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 5, 20)]
    [InlineData(5, 20, 0, 0)]
    public void Overlap_HeadThatCopiesNoneOrAll_SaysNothing(int both, int first, int second, int neither) =>
        Assert.Null(RoleVerdicts.Overlap(s_gate, Sets(new(both, first, second, neither), new(0, 0, 0, 0)), "t"));

    [Theory]
    [InlineData(0.5, 0.1, 0.9, ReportTopic.Found, "head 1.4 is relatively more for induction")]
    [InlineData(-0.5, -0.9, -0.1, ReportTopic.Found, "head 1.7 is relatively more for induction")]
    [InlineData(0.5, 0.0, 0.9, ReportTopic.Found,
        "neither head is told to be more for induction than the other (S = 0.50, from 0.00 to 0.90)")]
    [InlineData(-0.5, -0.9, 0.0, ReportTopic.Found, "neither head is told")]
    [InlineData(0.5, double.NaN, double.NaN, ReportTopic.Found, "neither head is told to be more for induction than the other (S = 0.50).")]
    [InlineData(double.NaN, double.NaN, double.NaN, ReportTopic.Open, "cannot be told from zero, or is harmful")]
    public void Specialization_Interval_HasToBeClearOfZero(double s, double low, double high, ReportTopic topic, string said)
    {
        var statement = RoleVerdicts.Specialization(s_gate, "ablation", Interval(s, low, high), "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Together_Counts_AreBothSaid()
    {
        var statement = RoleVerdicts.Together(s_gate, Sets(new(1, 1, 1, 1), new(0, 0, 0, 0)), "t");
        const string Said = "3 tokens are copied only by the two together, and 2 that one of them copies are lost in the sum.";
        Assert.Equal(new(ReportTopic.Found, Said, "t"), statement);
    }

    [Fact]
    public void Statements_GateFails_AreNotInformative()
    {
        var gate = Gate(informative: false);
        var sets = Sets(new(1, 1, 1, 1), new(0, 0, 0, 0));
        Assert.Equal(ReportTopic.NotInformative, RoleVerdicts.Together(gate, sets, "t").Topic);
        Assert.Equal(ReportTopic.NotInformative, RoleVerdicts.Overlap(gate, sets, "t")!.Topic);
        Assert.Equal(ReportTopic.NotInformative, RoleVerdicts.Specialization(gate, "ablation", Interval(1, 0.5, 2), "t").Topic);
    }

    private static CopiedSets Sets(params ContingencyTable[] strata) => new(new(1, 4), new(1, 7), strata, 3, 2);
}
