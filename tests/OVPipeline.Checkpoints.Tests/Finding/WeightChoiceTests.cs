using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class WeightChoiceTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(0, "ema.")]
    [InlineData(1, "ema.", "")]
    [InlineData(0, "model.", "model_ema.")]
    [InlineData(1, "teacher.", "state_dict.model.")]
    [InlineData(0, "generator.", "generator_ema.")]
    [InlineData(0, "models.0.", "shadow.")]
    [InlineData(1, "optimizer.state.", "policy.", "grads.")]
    [InlineData(0, "", "model.")]
    [InlineData(null, "student.", "teacher.")]
    [InlineData(null, "actor.", "critic.", "ema.")]
    [InlineData(null, "model.", "net.")]
    [InlineData(null, "models.0.", "models.1.")]
    [InlineData(null, "ema.", "swa.")]
    [InlineData(null)]
    public void Of_Paths_IsTheOnePlainestOrNone(int? expected, params string[] paths) => Assert.Equal(expected, WeightChoice.Of(paths));
}
