using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class PermutationsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(95)]
    [InlineData(3142)]
    public void Random_AnyVocabulary_IsABijectionWithoutFixedPoints(int vocabulary)
    {
        foreach (var counts in new[] { null, Counts(vocabulary) })
        {
            int[] target = Permutations.Random(vocabulary, counts, 3);
            Assert.Equal(Enumerable.Range(0, vocabulary), target.Order());
            Assert.DoesNotContain(Enumerable.Range(0, vocabulary), token => target[token] == token);
        }
    }

    [Fact]
    public void Random_WithCounts_KeepsFrequency()
    {
        int[] target = Permutations.Random(1000, Counts(1000), 3);
        Assert.All(Enumerable.Range(0, 1000), token => Assert.InRange(Math.Abs(target[token] - token), 1, 63));
    }

    [Fact]
    public void Random_NoTokensOrCountsOfOthers_SaysSo()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Permutations.Random(0, null, 1));
        string message = Assert.Throws<ArgumentException>(() => Permutations.Random(5, Counts(6), 1)).Message;
        Assert.Contains("5 tokens and counts of 6", message, StringComparison.Ordinal);
    }

    private static TokenCounts Counts(int vocabulary) => new([.. Enumerable.Range(0, vocabulary).Select(i => (long)i)], "");
}
