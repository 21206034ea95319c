using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class OnigurumaPatternTests
{
    [Theory]
    [InlineData(@"\p{L}+| ?[^\s\p{L}]+", @"\p{L}+| ?[^\s\p{L}]+")]
    [InlineData(@"[^(\s|[.,!?])]+", @"[^(\s|.,!?)]+")]
    [InlineData(@"[a[b[c]]d]e", "[abcd]e")]
    [InlineData(@"\[[\]\[]", @"\[[\]\[]")]
    [InlineData(@"a++b", "(?>a+)b")]
    [InlineData(@"[^\r\n]?+\p{L}++", @"(?>[^\r\n]?)(?>\p{L}+)")]
    [InlineData(@"(ab|c)*+", "(?>(ab|c)*)")]
    [InlineData(@"\p{N}{1,3}+", @"(?:\p{N}{1,3})+")] // possessive in Java's syntax alone
    [InlineData(@"a{2}?b{,3}c{1,}?", "(?:a{2})?b{0,3}c{1,}?")]
    [InlineData("a{b", @"a\{b")]
    [InlineData("(?i:'s|'K)x", "(?:'[sS\u017F]|'[kK\u212A])x")]
    [InlineData(@"\x{2581}\u00e9", @"\u2581\u00E9")]
    public void Translate_Pattern_IsDotNets(string pattern, string expected) => Assert.Equal(expected, OnigurumaPattern.Translate(pattern));

    [Theory]
    [InlineData("[a[^b]]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a-z&&b]")]
    [InlineData(@"\p{Han}+")]
    [InlineData("😀")]
    [InlineData("(?m:a.b)")]
    [InlineData("(?i:ss)")]
    [InlineData("(?i:[a-z])")]
    [InlineData("a+{2}")]
    [InlineData("a{3,1}")]
    [InlineData(@"\R")]
    [InlineData("[a")]
    [InlineData("a)")]
    [InlineData("*")]
    public void Translate_WhatDotNetLacks_SaysSo(string pattern) =>
        Assert.Throws<ArgumentException>(() => OnigurumaPattern.Translate(pattern));
}
