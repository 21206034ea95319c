using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Atlas;

/// <summary>What an atlas keeps of each token.</summary>
public sealed class HeadAtlasTokensTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Compute_NotAsked_KeepsNothingOfTokens() =>
        Assert.Null(_ml.ComputeHeadAtlas(AtlasModel.Create()).Tokens);

    [Theory, InlineData(0), InlineData(1), InlineData(3), InlineData(100)]
    public void Compute_TokenOutputs_AreThoseOfDenseLogits(int outputs)
    {
        var model = AtlasModel.Create();
        var atlas = _ml.ComputeHeadAtlas(model, new() { TokenOutputs = outputs });
        Assert.Equal((model.Vocabulary, model.OutputVocabulary), (atlas.Tokens!.Tokens, atlas.Tokens.Outputs));
        Assert.Equal(atlas.Heads.Count, atlas.Tokens.Heads.Count);
        foreach (var (head, tokens) in atlas.Heads.Zip(atlas.Tokens.Heads))
        {
            double[][] logits = SmallModel.Logits(TokenCircuit.OfHeads(model.Weights, head.Head));
            Assert.Equal(logits.Select((row, i) => SmallModel.Rank(row, i)), tokens.OwnRanks!);
            Assert.Equal(logits.SelectMany(row => Highest(row, outputs)), tokens.TopOutputs);
            Assert.Equal(head.Copying!.Value.Top1, tokens.OwnRanks!.Count(rank => rank == 1) / 60.0);
        }
    }

    [Fact]
    public void Compute_TokenOutputs_ChangeNoOtherFigure()
    {
        var model = AtlasModel.Create();
        var with = _ml.ComputeHeadAtlas(model, new() { TokenOutputs = 2 });
        var without = _ml.ComputeHeadAtlas(model);
        foreach (var (head, other) in with.Heads.Zip(without.Heads))
        {
            Assert.Equal((other.Copying, other.Suppression, other.OwnToken), (head.Copying, head.Suppression, head.OwnToken));
            Assert.Equal(other.TopCopied, head.TopCopied);
            Assert.Equal(other.TopSuppressed, head.TopSuppressed);
        }
    }

    [Fact]
    public void Compute_OtherOutputs_HaveNoOwnRanks()
    {
        var model = OutputModel.Create(7);
        var tokens = _ml.ComputeHeadAtlas(model, new() { TokenOutputs = 2 }).Tokens!;
        Assert.Equal((OutputModel.V, 7), (tokens.Tokens.Count, tokens.Outputs.Count));
        foreach (var (head, found) in model.Weights.Config.AllHeads.Zip(tokens.Heads))
        {
            Assert.Null(found.OwnRanks);
            double[][] logits = OutputModel.Logits(TokenCircuit.OfHeads(model.Weights, head));
            Assert.Equal(logits.SelectMany(row => Highest(row, 2)), found.TopOutputs);
        }
    }

    [Theory, InlineData(-1), InlineData(1025)]
    public void Compute_OutputsOutOfRange_Throws(int outputs) => Assert.Throws<ArgumentOutOfRangeException>(
        () => _ml.ComputeHeadAtlas(AtlasModel.Create(), new() { TokenOutputs = outputs }));

    private static IEnumerable<int> Highest(double[] row, int count) =>
        Enumerable.Range(0, row.Length).OrderByDescending(j => row[j]).Take(count);
}
