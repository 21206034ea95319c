using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class FrontierVerdictTests
{
    private const double Chance = 8;
    private static readonly FailedCheck s_failed = new(new("the fit", 4, 3, 7.5), "head 0.2 has", 4);

    [Theory]
    // d' of the head and of the fit, log-loss of the head and of the fit at its norm
    [InlineData(9, 10, 4.8, 4.0, ReportTopic.Can)]            // 81 and 80 %
    [InlineData(9, 10, 4.81, 4.0, ReportTopic.Open)]          // 81 and 79.75 %
    [InlineData(8.9, 10, 4.8, 4.0, ReportTopic.Open)]         // 79 and 80 %
    [InlineData(7, 10, 6.01, 4.0, ReportTopic.CannotExplain)] // 49 and 49.75 %
    [InlineData(7, 10, 6.0, 4.0, ReportTopic.Open)]           // 49 and 50 %
    [InlineData(7.1, 10, 6.01, 4.0, ReportTopic.Open)]        // 50.4 and 49.75 %
    [InlineData(9, 10, 7.9, 4.0, ReportTopic.Open)]           // near by one, far by the other
    [InlineData(7, 10, 4.0, 4.0, ReportTopic.Open)]
    [InlineData(7, 10, 9.5, 4.0, ReportTopic.CannotExplain)]  // worse than chance at its own scale
    public void Slack_Figures_BothMeasuresHaveToAgree(double own, double fit, double loss, double fitLoss, ReportTopic topic)
    {
        var statement = Slack(own, fit, loss, fitLoss).Statement("t")!;
        Assert.Equal(topic, statement.Topic);
        Assert.StartsWith("The best head (0.2) has ", statement.Text, StringComparison.Ordinal);
        Assert.Equal(loss > Chance, statement.Text.Contains("at its own scale none of the log-loss it can gain", StringComparison.Ordinal));
    }

    [Fact]
    public void Slack_Sentence_HasBothShares() => Assert.Equal(
        "The best head (0.2) has 49 % of the d'² that a fit of its rank reaches, and 50 % of the log-loss it can gain on chance at its "
            + "norm: neither clearly at the frontier of its rank nor clearly far from it.",
        Slack(7, 10, 6, 4).Statement("t")!.Text);

    [Theory]
    [InlineData(7.0, 10.0, 6.0, 7.95, "gains no more on chance than can be told from nothing")] // of 0.05 nats no share is given
    [InlineData(7.0, 10.0, 3.0, 4.0, "or less than it does itself")]                            // 125 %
    [InlineData(10.1, 10.0, 6.0, 4.0, "it ranks more tokens first than the fit of its rank")]   // 102 %
    [InlineData(0.1, 0.4, 6.0, 4.0, "no better than chance")]
    [InlineData(null, 10.0, 6.0, 4.0, "is not defined")]
    [InlineData(7.0, null, 6.0, 4.0, "is not defined")]
    public void Slack_NoShare_IsNotShownAsOne(double? own, double? fit, double loss, double fitLoss, string said)
    {
        var slack = Slack(own, fit, loss, fitLoss);
        var statement = slack.Statement("t")!;
        Assert.Equal(ReportTopic.Open, statement.Topic);
        Assert.StartsWith("Whether rank binds the best head (0.2) cannot be said: ", statement.Text, StringComparison.Ordinal);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("% of", statement.Text, StringComparison.Ordinal);
        Assert.True(slack.SeparationShare is null || slack.GainShare is null, "A share that is none is shown.");
    }

    [Theory]
    [InlineData(true, false,
        "a free fit of its rank did not converge: its log-loss, 7.500, is above 4.000, which head 0.2 has; nothing is concluded from it.")]
    [InlineData(false, true,
        "the fit at its norm did not converge: its log-loss, 7.500, is above 4.000, which head 0.2 has; nothing is concluded from it.")]
    public void Slack_FailedFit_IsSaidInstead(bool free, bool atNorm, string said)
    {
        var slack = Slack(7, 10, 6.5, 4) with { FitFailed = free ? s_failed : null, AtNormFailed = atNorm ? s_failed : null };
        Assert.Equal((ReportTopic.Open, "Whether rank binds the best head (0.2) cannot be said: " + said),
            (slack.Statement("t")!.Topic, slack.Statement("t")!.Text));
        Assert.Equal((free, atNorm), (slack.SeparationShare is null, slack.GainShare is null));
    }

    [Theory]
    [InlineData(9, ReportTopic.Can)]
    [InlineData(8, ReportTopic.Open)]
    [InlineData(7, ReportTopic.CannotExplain)]
    public void Slack_NotAtModelScale_SpeaksOfAccuracyAlone(double own, ReportTopic topic)
    {
        // The log-losses would say otherwise, or nothing.
        var statement = (Slack(own, 10, 4, 4) with { AtModelScale = false, AtNormFailed = s_failed }).Statement("t")!;
        Assert.Equal(topic, statement.Topic);
        Assert.Contains("by accuracy", statement.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("log-loss", statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Slack_NoCopying_SaysNothing() => Assert.Null((Slack(7, 10, 6, 4) with { Copies = false }).Statement("t"));

    [Theory]
    [InlineData(12, 11, 16, ReportTopic.Can, "To x with a trained pair, rank 12 is enough.")]
    [InlineData(12, 4, 16, ReportTopic.Can, "To x with a trained pair, rank 12 is enough; a fit of rank 4 was not.")]
    [InlineData(12, 0, 16, ReportTopic.Can, "To x with a trained pair, rank 12 is enough.")]
    [InlineData(16, 15, 16, ReportTopic.Can, "To x with a trained pair, rank 16 is enough.")]
    [InlineData(17, 16, 16, ReportTopic.Open, "To x, rank 16 is enough, as it has it itself; fits did it from rank 17 on only: those of "
        + "lower rank did not converge, and nothing is concluded from them.")]
    [InlineData(17, 16, null, ReportTopic.Can, "To x with a trained pair, rank 17 is enough.")]
    [InlineData(null, 64, 16, ReportTopic.Open, "To x, rank 16 is enough, as it has it itself; no fit up to rank 64 did: the fits did not "
        + "converge, and nothing is concluded from them.")]
    [InlineData(null, 64, null, ReportTopic.Can, "To x with a trained pair, no fit up to rank 64 was enough.")]
    public void Reach_Row_SaysWhatIsKnown(int? reached, int below, int? known, ReportTopic topic, string text) =>
        Assert.Equal(new ReportStatement(topic, text, "t"), new ReachRow("x", "top1", 0.5, below, reached, known, 64).Statement("t"));

    [Theory]
    [InlineData(12, 16, true)]
    [InlineData(16, 16, false)]
    [InlineData(17, 16, false)]
    [InlineData(null, 16, false)]
    [InlineData(12, null, false)]
    public void SavesRank_Ranks_OnlyWhereFewerThanTheCircuitsOwnDo(int? reached, int? known, bool saves) =>
        Assert.Equal(saves, new ReachRow("x", "top1", 0.5, 1, reached, known, 64).SavesRank);

    [Theory]
    [InlineData(4.0, 5.0, ReportTopic.CannotExplain)]
    [InlineData(4.985, 5.0, ReportTopic.CannotExplain)]
    [InlineData(4.995, 5.0, ReportTopic.Open)]
    [InlineData(5.005, 5.0, ReportTopic.Open)]
    [InlineData(5.015, 5.0, ReportTopic.Can)]
    public void HalfTheRank_Losses_DecideBeyondTheTolerance(double fit, double pair, ReportTopic topic)
    {
        var statement = FrontierVerdicts.HalfTheRank(("0.0 + 0.2", pair), (8, fit), null, "t");
        Assert.Equal((topic, "t"), (statement.Topic, statement.Table));
    }

    [Fact]
    public void HalfTheRank_FailedFit_IsSaidInstead()
    {
        var statement = FrontierVerdicts.HalfTheRank(("0.0 + 0.2", 5), (8, 4), s_failed, "t");
        Assert.Equal((ReportTopic.Open, "t"), (statement.Topic, statement.Table));
        Assert.Contains("the fit did not converge: its log-loss, 7.500, is above 4.000, which head 0.2 has; nothing is concluded",
            statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_Arms_AreThoseWorseThanWhatTheyCouldBe()
    {
        FrontierArm Arm(string way, int rank, double norm, params double[] losses) =>
            new(way, rank, [.. losses.Select(loss => new CircuitResult(Row(0.1, 3, loss), norm, null))]);
        FrontierArm[] arms =
        [
            Arm("free", 1, 50, 5), Arm("free", 4, 60, 4.9), Arm("free", 8, 60, 5.2),            // worse with more rank
            Arm("capped", 1, 3, 7.5), Arm("capped", 4, 3, 8.2), Arm("capped", 8, 3, 6.5, 6.6),  // chance; better than the head
            Arm("wider", 1, 9, 7.6), Arm("wider", 4, 9, 7.4), Arm("wider", 8, 9, 6.4),          // worse with more norm
            Arm("start", 4, 3, 9),                                                              // no fit: it may be worse
        ];
        // log 2981 = 8
        var failures = FrontierFailures.Of(arms, [("free", null), ("capped", 3), ("wider", 9)], [new("head 0.2", 4, 3, 7)], 2981);
        (string, int)[] failed = [("free", 8), ("capped", 4), ("wider", 1), ("wider", 4)];
        foreach (var arm in arms)
            Assert.Equal(failed.Contains((arm.Way, arm.Rank)), failures[arm.Way, arm.Rank] is not null);
        Assert.Contains("is above 4.900, which \"free\" at rank 4 has", failures["free", 8]!.Reason, StringComparison.Ordinal);
        Assert.Contains("is above 7.000, which head 0.2 has", failures["capped", 4]!.Reason, StringComparison.Ordinal);
        Assert.StartsWith("Nothing is concluded from 4 fits that did not converge: wider, rank 1, did not converge", failures.Note,
            StringComparison.Ordinal);
        Assert.StartsWith("A note. Nothing", failures.After("A note."), StringComparison.Ordinal);
        var none = FrontierFailures.Of(arms[..2], [("free", null)], [], 2981);
        Assert.Equal((null, "A note."), (none.Note, none.After("A note.")));
    }

    private static FrontierSlack Slack(double? own, double? fit, double loss, double fitLoss) =>
        new("The best head (0.2)", 4, Row(0.2, own, loss), Arm(fit, 2), Arm(fit, fitLoss), Chance);

    private static FrontierArm Arm(double? separation, double loss) => new("a way", 4, [new(Row(0.5, separation, loss), 3, null)]);
}
