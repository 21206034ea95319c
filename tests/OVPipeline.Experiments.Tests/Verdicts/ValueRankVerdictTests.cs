using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class ValueRankVerdictTests
{
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
    [InlineData(0.1, 0.9, -0.1, ReportTopic.Open, "r",
        "at rank 4, 40.0 % at rank 16): what rank does and how far training came cannot be told apart")]
    [InlineData(0.1, 0.9, 0.0, ReportTopic.Can, "t", "is spread over more heads (figures).")]
    [InlineData(0.0, 0.9, -0.1, ReportTopic.Open, "t", "is not seen to follow")]
    [InlineData(-0.9, -0.1, -0.1, ReportTopic.CannotExplain, "t", "is spread over fewer heads (figures).")]
    [InlineData(-0.9, 0.0, 0.1, ReportTopic.Open, "t", "is not seen to follow")]
    public void Spread_Interval_HasToBeClearOfZero(double low, double high, double layerHigh, ReportTopic topic, string table, string said)
    {
        var spread = new ValueRankChange(Interval(0, low, high), "figures");
        var layer = Interval(-0.2, -0.3, layerHigh);
        var statement = ValueRankVerdicts.Spread(spread, layer, (4, 0.2), (16, 0.4), "t", "r");
        Assert.Equal((topic, table), (statement.Topic, statement.Table));
        Contains(said, statement);
    }

    private static void Contains(string? said, ReportStatement? statement)
    {
        Assert.Equal(said is null, statement is null);
        Assert.Contains(said ?? "", statement?.Text ?? "", StringComparison.Ordinal);
    }
}
