using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TextNormalizersTests
{
    [Fact]
    public void Apply_StepsThatMakeTextGrowWithoutEnd_AreStopped()
    {
        NormalizerStep[] doublings = [.. Enumerable.Repeat(TextNormalizers.Plain(text => text + text), 8)];
        var time = new PatternTime("f", 2000);

        Assert.Equal(256, TextNormalizers.Apply(doublings, "a", time).Length); // short text may
        Assert.Throws<CheckpointException>(() => TextNormalizers.Apply(doublings, new string('a', 2000), time));
    }
}
