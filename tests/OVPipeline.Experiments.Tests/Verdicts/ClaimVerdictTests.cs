using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class ClaimVerdictTests
{
    [Theory]
    [InlineData(0.52, ReportTopic.Can, "One head's rank is enough to copy better than the model does: of the 1,000 tokens a trained pair "
        + "of one head's rank, 16, copies 52.0 %, the model's best two heads, of rank 32 together, 51.0 %.")]
    [InlineData(0.51, ReportTopic.Found, "The claim does not repeat here")]
    [InlineData(0.20, ReportTopic.Found, "The claim does not repeat here")]
    public void Copies_Copier_IsAboveThePairOrNot(double copier, ReportTopic topic, string said)
    {
        var statement = ClaimVerdict.Copies(CopyingFound with { Copier = CopyingFound.Copier with { Top1 = copier } });
        Assert.Equal((topic, "circuits"), (statement.Topic, statement.Table));
        Assert.StartsWith(said, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_NoPairOrFailedFit_SaysWhatIsKnown()
    {
        Assert.Contains("the model's best head, of rank 16, 26.0 %", ClaimVerdict.Copies(CopyingFound with { Pair = null }).Text,
            StringComparison.Ordinal);
        var failed = ClaimVerdict.Copies(CopyingFound with { CopierFailed = new(new("fit", 4, 3, 7.5), "head 1.1 has", 4) });
        Assert.Equal(ReportTopic.Open, failed.Topic);
        Assert.Contains("did not converge", failed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("76", failed.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.44, 1.55, 0.83, 0.93, ReportTopic.CannotExplain, "has room for 1.44 nats less log-loss, and a second head's rank could "
        + "add at most 0.93 to that. That is proved")]
    [InlineData(0.1, 0.2, 0.9, 1.0, ReportTopic.Can, "at most 0.20 nats less log-loss, and a second head's rank adds at least 0.90")]
    [InlineData(0.5, 1.5, 0.4, 1.4, ReportTopic.Open, "0.50 to 1.50 nats less log-loss, and a second head's rank adds 0.40 to 1.40.")]
    public void Binds_Slack_IsDecidedByBothSides(
        double leavesLeast, double leavesMost, double addsLeast, double addsMost, ReportTopic topic, string said)
    {
        var statement = ClaimVerdict.Binds("1.1", new RankSlack(leavesLeast, leavesMost, addsLeast, addsMost), "t");
        Assert.Equal((topic, "t"), (statement.Topic, statement.Table));
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.226, 0.213, 0.247, "keeps 22.6 % of what they do for the model's loss, from 21.3 to 24.7 %. It copies better and is no")]
    [InlineData(0.89, 0.88, 0.9, "is no better head")]
    [InlineData(0.9, 0.88, 0.95, "one head could have done it")]
    [InlineData(1.2, 1.1, 1.3, "keeps all of what they do for the model's loss: one head could have done it.")]
    [InlineData(-0.1, -0.2, 0.1, "keeps nothing of what they do for the model's loss. It copies")]
    [InlineData(double.NaN, double.NaN, double.NaN, "nothing here tells")]
    public void Split_Share_StaysOpenWithWhatIsKnown(double share, double low, double high, string said)
    {
        var statement = ClaimVerdict.Split(Interval(share, low, high), "t");
        Assert.Equal((ReportTopic.Open, "t"), (statement.Topic, statement.Table));
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_NothingPutBack_SaysThatNothingTells() =>
        Assert.Contains("nothing here tells", ClaimVerdict.Split(null as PutItBackResult, "t").Text, StringComparison.Ordinal);

    [Fact]
    public void Of_NoResults_IsNothing() => Assert.Null(ClaimVerdict.Of([]));
}
