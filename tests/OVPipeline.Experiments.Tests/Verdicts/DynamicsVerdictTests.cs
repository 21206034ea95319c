using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class DynamicsVerdictTests
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
        var statement = DynamicsVerdicts.Of(s_gate, Enum.Parse<DynamicsVerdict>(verdict), a, b, new(1, 7), SeriesUnit.Tokens, "t");
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
        const string Times = "in tokens seen, head 1.4 started between 1M and 2M and was done between 3M and 4M; "
            + "head 1.7 started by 1M and was done not by the end";
        Assert.Contains(Times, statement.Text, StringComparison.Ordinal);
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

    [Fact]
    public void Of_GateFails_IsNotInformative()
    {
        HeadHistory never = new(new(null, null), new(null, null));
        var statement = DynamicsVerdicts.Of(
            Gate(informative: false), DynamicsVerdict.Supported, never, never, new(1, 4), SeriesUnit.Tokens, "t");
        Assert.Equal(ReportTopic.NotInformative, statement.Topic);
    }
}
