using Xunit;

namespace OVPipeline.Core.Tests.Metrics;

public sealed class EffectiveRankTests
{
    [Theory]
    [InlineData(new double[0], 0, 0)]
    [InlineData(new[] { 0.0, 0 }, 0, 0)]
    [InlineData(new[] { 3.0 }, 1, 1)]
    [InlineData(new[] { 3.0, 0 }, 1, 1)]
    [InlineData(new[] { 5.0, 5, 5, 5 }, 4, 4)]
    [InlineData(new[] { 2.0, 1 }, 25.0 / 17, 1.6493848884661177)] // shares 0.8 and 0.2
    [InlineData(new[] { 2e200, 1e200 }, 25.0 / 17, 1.6493848884661177)]
    [InlineData(new[] { 2e-200, 1e-200 }, 25.0 / 17, 1.6493848884661177)]
    public void Both_KnownSpectra_GiveTheirValues(double[] singularValues, double participation, double entropy)
    {
        Assert.Equal(participation, EffectiveRank.ParticipationRatio(singularValues), 1e-12);
        Assert.Equal(entropy, EffectiveRank.Entropy(singularValues), 1e-12);
    }

    [Fact]
    public void Both_FactoredCircuit_AreThoseOfTheDenseSingularValues()
    {
        var circuit = TokenCircuit.OfHeads(AttentionModel.Create(), new HeadIndex(0, 0));
        double[] squares = [.. TestMatrices.Dense(circuit.Logits).Svd(false).S.Take(AttentionModel.DHead).Select(s => s * s)];
        double[] shares = [.. squares.Select(s => s / squares.Sum())];
        Assert.Equal(1 / shares.Sum(p => p * p), EffectiveRank.ParticipationRatio(circuit.Logits.SingularValues()), 1e-5);
        Assert.Equal(Math.Exp(-shares.Sum(p => p * Math.Log(p))), EffectiveRank.Entropy(circuit.Logits.SingularValues()), 1e-5);
    }
}
