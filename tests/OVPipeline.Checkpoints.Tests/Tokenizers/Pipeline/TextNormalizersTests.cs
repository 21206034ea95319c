using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TextNormalizersTests
{
    [Fact]
    public void Apply_StepsThatMakeTextGrowWithoutEnd_AreStopped()
    {
        Func<string, string>[] doublings = [.. Enumerable.Repeat<Func<string, string>>(text => text + text, 8)];

        Assert.Equal(256, TextNormalizers.Apply(doublings, "a").Length); // short text may
        Assert.Throws<InvalidDataException>(() => TextNormalizers.Apply(doublings, new string('a', 2000)));
    }
}
