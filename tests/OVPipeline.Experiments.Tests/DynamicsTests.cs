using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class DynamicsTests
{
    private static readonly long[] s_tokens = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void Of_LeavesTheBandTwice_StartsTheSecondTime()
    {
        var history = HeadHistory.Of(s_tokens, [0, 2, 0.5, 2, 3.8, 4], [1, 1, 1, 1, 1, 1]);
        Assert.Equal((new Milestone(3, 4), new Milestone(4, 5)), (history.Start, history.Done));
    }

    [Theory]
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, true, "Supported")]
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, false, "NoSlack")]
    [InlineData(new double[] { 0, 4, 4, 4, 4, 4 }, new double[] { 0, 0, 0, 2, 2, 4 }, true, "Refuted")]
    [InlineData(new double[] { 0, 0, 4, 4, 4, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, true, "Open")] // between the same two checkpoints
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 0, 0, 0, 0 }, true, "Open")] // never starts
    public void Judge_Histories_FollowsTheRule(double[] a, double[] b, bool slack, string verdict)
    {
        double[] band = [1, 1, 1, 1, 1, 1];
        Assert.Equal(verdict, HeadHistory.Judge(HeadHistory.Of(s_tokens, a, band), HeadHistory.Of(s_tokens, b, band), slack).ToString());
        Assert.Equal(verdict, HeadHistory.Judge(HeadHistory.Of(s_tokens, b, band), HeadHistory.Of(s_tokens, a, band), slack).ToString());
    }

    [Theory]
    [InlineData("tokens-005M.safetensors", 5_000_000L)]
    [InlineData("tokens-0.5M.safetensors", 500_000L)]
    [InlineData("tokens-000012345678", 12_345_678L)]
    [InlineData("model.safetensors", null)]
    public void TokensOf_Name_IsWhatWasSeen(string name, long? tokens) => Assert.Equal(tokens, CheckpointSeries.TokensOf(name));
}
