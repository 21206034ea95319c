using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class BoundVerdictTests
{
    [Theory]
    // the circuit's log-loss; no less and a circuit at its rank; the same at twice its rank
    [InlineData(6.0, 4.40, 4.50, 3.60, 3.70, ReportTopic.CannotExplain)] // leaves 1.50 at least, more rank adds 0.90 at most
    [InlineData(6.0, 4.40, 4.50, 3.03, 3.70, ReportTopic.CannotExplain)] // 1.50 and 1.47
    [InlineData(6.0, 4.40, 4.50, 3.005, 3.70, ReportTopic.Open)]         // 1.50 and 1.495: within the tolerance
    [InlineData(6.0, 4.40, 4.50, 2.50, 3.70, ReportTopic.Open)]          // 2.00, but 0.70 at least
    [InlineData(4.6, 4.40, 4.50, 3.60, 3.70, ReportTopic.Can)]           // leaves 0.20 at most, more rank adds 0.70 at least
    [InlineData(4.6, 4.40, 4.50, 3.60, 4.18, ReportTopic.Can)]           // 0.20 and 0.22
    [InlineData(4.6, 4.40, 4.50, 3.60, 4.195, ReportTopic.Open)]         // 0.20 and 0.205
    [InlineData(4.6, 4.40, 4.50, 3.60, 4.45, ReportTopic.Open)]          // 0.10 to 0.20, and nothing to 0.90
    [InlineData(5.2, 4.40, 4.50, 3.60, 3.70, ReportTopic.Open)]          // 0.70 to 0.80, and 0.70 to 0.90
    [InlineData(4.5, 4.40, 4.50, 4.40, 4.50, ReportTopic.Open)]          // nothing is known to differ from nothing
    public void RankBinds_Figures_DecideWhereIntervalsAreApart(
        double loss, double least, double most, double widerLeast, double widerMost, ReportTopic topic)
    {
        var statement = Binds(loss, least, most, widerLeast, widerMost);
        Assert.Equal((topic, "t"), (statement.Topic, statement.Table));
        Assert.Equal(topic == ReportTopic.CannotExplain, statement.Text.Contains("rank does not bind it", StringComparison.Ordinal));
        Assert.Equal(topic == ReportTopic.Can, statement.Text.Contains("rank binds it.", StringComparison.Ordinal));
        Assert.Equal(topic == ReportTopic.Open, statement.Text.Contains("cannot be told", StringComparison.Ordinal));
        Assert.Contains("log-loss", statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void RankBinds_DoesNotBind_SaysBothFigures() => Assert.Equal(
        "At its norm head 1.1 leaves at least 1.50 nats on the table: it has 6.00, a circuit of its rank, 16, 4.50. A second head's rank "
            + "at this norm could add at most 0.90: no circuit of rank 32 is below 3.60. By log-loss rank does not bind it, whatever "
            + "circuits one looks for.",
        Binds(6, 4.4, 4.5, 3.6, 3.7).Text);

    [Fact]
    public void RankBinds_Binds_SaysBothFigures() => Assert.Equal(
        "At its norm head 1.1 leaves at most 0.20 nats on the table: it has 4.60, and no circuit of its rank, 16, is below 4.40. A second "
            + "head's rank at this norm adds at least 0.70: a circuit of rank 32 has 3.70. By log-loss rank binds it.",
        Binds(4.6, 4.4, 4.5, 3.6, 3.7).Text);

    [Fact]
    public void RankBinds_CannotBeTold_SaysBothIntervals() => Assert.Equal(
        "Whether rank binds head 1.1 by log-loss cannot be told: at its norm it leaves 0.10 to 0.20 nats on the table, and a second head's "
            + "rank at this norm adds 0.00 to 0.90.",
        Binds(4.6, 4.4, 4.5, 3.6, 4.45).Text);

    [Theory]
    [InlineData(4.6, false)]
    [InlineData(4.505, false)]
    [InlineData(4.495, false)] // within the tolerance
    [InlineData(4.48, true)]
    public void HalfTheRank_Bound_SpeaksWhereItIsAboveThePair(double pair, bool speaks)
    {
        var statement = BoundVerdicts.HalfTheRank(("1.1 + 1.7", pair), At(16, 4.5, 4.7), "t");
        Assert.Equal(speaks, statement is not null);
        if (speaks)
        {
            Assert.Equal(new ReportStatement(ReportTopic.Can, "No circuit of rank 16 at the norm of the pair 1.1 + 1.7 has a log-loss "
                + "below 4.50, the pair has 4.48: what it does at that norm takes more than half its rank.", "t"), statement);
        }
    }

    [Theory]
    // two halves; one of the whole rank
    [InlineData(4.00, 4.20, 3.80, 3.90, ReportTopic.CannotExplain, ": to split a rank over two heads gains nothing there.")]
    [InlineData(3.90, 4.20, 3.80, 3.905, ReportTopic.CannotExplain, ": to split a rank over two heads gains nothing there.")]
    [InlineData(3.80, 4.20, 3.70, 3.90, ReportTopic.Open,
        ": the split gains at most 0.10 nats and costs at most 0.50; which it is cannot be told.")]
    [InlineData(3.50, 3.695, 3.70, 3.90, ReportTopic.Open,
        ": the split gains at most 0.40 nats and costs at most 0.00; which it is cannot be told.")]
    [InlineData(3.50, 3.60, 3.70, 3.90, ReportTopic.Can,
        ": the two can have at least 0.10 less, by their norms, as together they have no more rank.")]
    public void TwoHalves_Figures_DecideWhereIntervalsAreApart(
        double least, double most, double oneLeast, double oneMost, ReportTopic topic, string said)
    {
        var statement = BoundVerdicts.TwoHalves("1.1 and 1.7 (13.5 and 14.1)", At(16, least, most), At(16, oneLeast, oneMost), "t");
        Assert.Equal((topic, "t"), (statement.Topic, statement.Table));
        Assert.StartsWith("Two heads of rank 8 each at the norms of 1.1 and 1.7 (13.5 and 14.1), attending alike, have at best a log-loss "
            + "between ", statement.Text, StringComparison.Ordinal);
        Assert.EndsWith(said, statement.Text, StringComparison.Ordinal);
    }

    private static ReportStatement Binds(double loss, double least, double most, double widerLeast, double widerMost) =>
        BoundVerdicts.RankBinds(("head 1.1", loss), "a second head's rank", At(16, least, most), At(32, widerLeast, widerMost), "t");

    private static FrontierInterval At(int rank, double least, double most) => new(rank, 13.5, least, most, "a fit");
}
