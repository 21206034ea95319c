using System.Text.Json;
using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class ForwardNeedsTests
{
    [Fact]
    public void Json_ConfigurationOfAKeptResult_ComesBack()
    {
        var config = new TransformerConfig
        {
            Name = "kept",
            Layers = 1,
            Heads = 1,
            DModel = 4,
            DHead = 2,
            Vocabulary = 5,
            OutputVocabulary = 3,
            ForwardNeeds = new([new(ForwardFeature.Mlp), new(ForwardFeature.Alibi)]),
        };
        var again = JsonSerializer.Deserialize<TransformerConfig>(JsonSerializer.Serialize(config))!;
        Assert.Equal(config.ForwardNeeds, again.ForwardNeeds);
        Assert.Equal((5, 3), (again.Vocabulary, again.OutputVocabulary));
    }

    [Theory]
    [InlineData(ForwardFeature.Mlp, null, "gelu", null, "MLPs (gelu)")]
    [InlineData(ForwardFeature.Experts, 8.0, null, null, "experts 8")]
    [InlineData(ForwardFeature.RotaryPositions, 16.0, null, null, "rotary positions on 16 dimensions")]
    [InlineData(ForwardFeature.RotaryPositions, null, null, null, "rotary positions")]
    [InlineData(ForwardFeature.GroupedQueries, 4.0, null, null, "grouped queries over key-value heads: 4")]
    [InlineData(ForwardFeature.SlidingWindow, 256.0, null, 6, "sliding window of 256 in 6 layers")]
    [InlineData(ForwardFeature.SlidingWindow, 256.0, null, 1, "sliding window of 256 in 1 layer")]
    [InlineData(ForwardFeature.SlidingWindow, null, null, null, "sliding window")]
    [InlineData(ForwardFeature.ScoreCap, 50.0, null, null, "soft cap of scores 50")]
    [InlineData(ForwardFeature.EmbeddingFactor, 0.25, null, null, "factor of the embedding 0.25")]
    [InlineData(ForwardFeature.Other, null, "load_in_4bit true", null, "other (load_in_4bit true)")]
    public void ToString_Need_IsInWords(ForwardFeature feature, double? value, string? kind, int? layers, string expected) =>
        Assert.Equal(expected, new ForwardNeed(feature) { Value = value, Kind = kind, Layers = layers }.ToString());

    [Fact]
    public void ToString_EveryFeature_HasWords() => Assert.All(Enum.GetValues<ForwardFeature>(), feature =>
        Assert.Equal(feature == ForwardFeature.Other, new ForwardNeed(feature).ToString() == "other"));

    [Fact]
    public void Equals_SameNeeds_IsTrueAndOthersFalse()
    {
        ForwardNeeds needs = new([new(ForwardFeature.Mlp), new(ForwardFeature.Alibi), new(ForwardFeature.Mlp)]);
        Assert.Equal(2, needs.Count); // each once
        Assert.Equal(new ForwardNeeds([new(ForwardFeature.Mlp), new(ForwardFeature.Alibi)]), needs);
        Assert.Equal(new ForwardNeeds([new(ForwardFeature.Mlp), new(ForwardFeature.Alibi)]).GetHashCode(), needs.GetHashCode());
        Assert.NotEqual(new ForwardNeeds([new(ForwardFeature.Mlp)]), needs);
        Assert.NotEqual(new ForwardNeeds([new(ForwardFeature.Mlp) { Kind = "relu" }, new(ForwardFeature.Alibi)]), needs);
        Assert.Equal("MLPs, ALiBi", needs.ToString());
        Assert.Equal("", ForwardNeeds.None.ToString());
    }

    [Fact]
    public void Find_Feature_IsTheNeedOrNull()
    {
        ForwardNeeds needs = new([new(ForwardFeature.RotaryPositions) { Value = 8 }]);
        Assert.Equal(8, needs.Find(ForwardFeature.RotaryPositions)?.Value);
        Assert.Null(needs.Find(ForwardFeature.Alibi));
        Assert.True(needs.Contains(ForwardFeature.RotaryPositions));
        Assert.False(needs.Contains(ForwardFeature.Alibi));
    }
}
