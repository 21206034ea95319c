using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class KnownFactorsTests
{
    private static readonly FactoredMatrix s_head = TinyModel.Create(20, 6, 1, 1, 3).Weights.OVCircuit(new(0, 0));

    [Fact]
    public void Of_Head_IsItOrWhatTheRankLeavesOfIt()
    {
        Assert.Same(s_head, Assert.Single(KnownFactors.Of(s_head, 3)));
        Assert.Same(s_head, Assert.Single(KnownFactors.Of(s_head, 4)));
        var cut = Assert.Single(KnownFactors.Of(s_head, 2));
        Assert.Equal(2, cut.Rank);
        Assert.InRange(cut.FrobeniusNorm(), 0.1, s_head.FrobeniusNorm());
        Assert.Throws<ArgumentOutOfRangeException>(() => KnownFactors.Of(s_head, 0));
    }

    [Fact]
    public void CouldBe_NormsHeld_AreHeadsOfTheReadingLayerAlone()
    {
        var weights = Normed();
        Assert.True(KnownFactors.CouldBe(weights, [new(0, 0)]));
        Assert.True(KnownFactors.CouldBe(weights, []));
        float[] ones = [.. Enumerable.Repeat(1f, 4)];
        var held = weights.WithNormScales(new("of a test", [ones, ones], ones, ones)).ReadBy(1);
        Assert.True(KnownFactors.CouldBe(held, [new(1, 0)]));
        Assert.False(KnownFactors.CouldBe(held, [new(0, 0)]));
        Assert.False(KnownFactors.CouldBe(held, [new(1, 0), new(0, 0)]));
        Assert.False(KnownFactors.CouldBe(held, []));
    }

    private static TransformerWeights Normed()
    {
        var plain = TinyModel.Create(4, 3, layers: 2, heads: 1, dHead: 2).Weights;
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, plain.W_E);
        weights.Set(WeightKind.W_U, plain.W_U);
        return new(plain.Config with { Normalization = "LNPre" }, weights);
    }
}
