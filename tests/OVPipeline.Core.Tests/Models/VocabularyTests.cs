using Xunit;

namespace OVPipeline.Core.Tests.Models;

public sealed class VocabularyTests
{
    [Fact]
    public void IdOf_DistinctTokens_FindsEach()
    {
        var vocabulary = new Vocabulary(["a", "b", "A"]);
        Assert.Equal([0, 1, 2, -1], new[] { "a", "b", "A", "c" }.Select(vocabulary.IdOf));
    }

    [Fact]
    public void Construct_TwiceTheSame_NamesBothIds()
    {
        var error = Assert.Throws<ArgumentException>(() => new Vocabulary(["a", "b", "a"]));
        Assert.Contains("Token 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("token 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construct_EmptyString_NamesTheId()
    {
        var error = Assert.Throws<ArgumentException>(() => new Vocabulary(["a", ""]));
        Assert.Contains("Token 1", error.Message, StringComparison.Ordinal);
    }
}
