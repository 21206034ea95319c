using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class OnigurumaPatternTests
{
    [Theory]
    [InlineData(@"\p{L}+| ?[^\s\p{L}]+", @"\p{L}+| ?[^\s\p{L}]+")]
    [InlineData(@"[^(\s|[.,!?])]+", @"[^(\s|.,!?)]+")]
    [InlineData(@"[a[b[c]]d]e]", "[abcd]e]")]
    [InlineData(@"\[[\]\[]", @"\[[\]\[]")]
    [InlineData("[a[^b]]", null)]
    [InlineData("[[:alpha:]]", null)]
    [InlineData("[a-z&&b]", null)]
    public void Translate_SetsInSets_AreOneSet(string pattern, string? expected) => Assert.Equal(expected, OnigurumaPattern.Translate(pattern));
}
