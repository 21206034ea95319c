using Xunit;

namespace OVPipeline.Core.Tests.Models;

public sealed class TransformerConfigTests
{
    private static TransformerConfig Config(int dModel, int vocabulary) =>
        new() { Name = "x", Layers = 2, Heads = 12, DModel = dModel, DHead = 16, Vocabulary = vocabulary };

    [Theory]
    [InlineData(768, 50_278, 64)] // the course's model matches itself
    [InlineData(192, 3_142, 16)]  // the quarter-width replica
    [InlineData(192, 12_570, 64)]
    [InlineData(768, 10, 1)]
    [InlineData(8, 50_278, 8)]
    public void CapacityMatchedRank_Shape_KeepsTwoDModelRankOverVocabulary(int dModel, int vocabulary, int rank) =>
        Assert.Equal(rank, Config(dModel, vocabulary).CapacityMatchedRank());

    [Fact]
    public void RequireHead_Beyond_NamesHeadAndModel()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Config(192, 100).RequireHead(new(2, 0)));
        Assert.Contains("2.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("1.11", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapeOf_ValuesOfAnotherWidth_IsTheirsForWhatCarriesValues()
    {
        var narrow = Config(192, 100) with { DValue = 4 };
        Assert.Equal((16, 4), (Config(192, 100).DValue, narrow.DValue));
        Assert.Equal([(192, 4), (4, 192), (1, 4)], new[] { WeightKind.W_V, WeightKind.W_O, WeightKind.b_V }.Select(narrow.ShapeOf));
        Assert.Equal([(192, 16), (1, 16)], new[] { WeightKind.W_K, WeightKind.b_Q }.Select(narrow.ShapeOf));
    }

    [Fact]
    public void AllHeads_TwoLayersOfTwelve_AreInOrder() =>
        Assert.Equal(["0.0", "0.1"], Config(192, 100).AllHeads.Take(2).Select(head => head.ToString()));
}
