using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TopDecisionsTests
{
    // A device whose logits are off by 1, where its bounds allow 1/2 and 1/4.
    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(-1, 0.25)]
    [InlineData(0.5, -0.25)]
    public void Write_LogitsThatAreOff_SaysByHowMuchMoreThanTheirBounds(float off, double excess)
    {
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        var token = TestContext.Current.CancellationToken;
        var outputs = new OutputColumns(Matrix.Create(2, 2, (k, column) => k == column ? 2 : 0));
        var memory = new DeviceMemory(1 << 24);
        using var frame = memory.Begin();
        using var columns = new DeviceColumns(outputs, memory, torch.CPU, isResident: true);
        RowLimits[] limits = [new(Single: 0.5, Double: 0.25, IsForDevice: true)];
        var rows = new DeviceRows([1, 2], [], limits, columns, new TilePlan(true, 1, 2, 16), memory, torch.CPU, token);
        var top = new TopColumns(rows, columns, 2);
        top.Add(memory.Hold(torch.tensor([2 + off, 4 + off], [1, 2])), 0);
        var scores = new ScoredRows(new() { TopK = 1 }, 1, 2);
        var decisions = new RowDecision[1];
        Assert.Equal(excess, new TopDecisions(2, limits, [0], scores).Write(top, decisions, token), 12);
        Assert.Equal((1, 4f, RowDecision.InSingle), (scores.TopTokens[0], scores.TopScores[0], decisions[0]));
    }
}
