using Xunit;

namespace OVPipeline.Torch.Tests;

public class LearningRateTests
{
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(8, 0.9)]
    [InlineData(9, 1)]
    [InlineData(500, 1)]
    [InlineData(800, 1)]
    [InlineData(900, 0.55)]
    [InlineData(1000, 0.1)]
    public void At_WarmUpConstantAndCosine_IsAsDrawn(long step, double expected) =>
        Assert.Equal(expected, new LearningRate(1, 10, 0.8, 0.1).At(step, 1000), 1e-12);

    [Fact]
    public void At_NoConstantPhase_IsHalfACosine() =>
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.3)), new LearningRate(1, 0, 0, 0).At(300, 1000), 1e-12);

    [Fact]
    public void At_DecayNever_StaysAtThePeak() => Assert.Equal(2, new LearningRate(2, 0, 1, 0).At(1000, 1000));
}
