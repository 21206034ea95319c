using OVPipeline.Core.Tests.Circuits;
using Xunit;

namespace OVPipeline.Core.Tests.Copying;

// Expected figures are numpy's, of dense V x V matrices of the same integers: ranks by counting, of ties the lower index first.
public sealed class OwnTokenRanksTests
{
    [Theory]
    [InlineData(IntegerModel.First, 26, 22, 5)]
    [InlineData(IntegerModel.Second, 13, 13, 0)]
    [InlineData(IntegerModel.Projection, 4, 4, 0)]
    public void Of_IntegerModel_AreNumpys(string circuit, double byRow, double byColumn, int amongTenLowest)
    {
        var ranks = OwnTokenRanks.Of(IntegerModel.Circuit(circuit));
        Assert.Equal((IntegerModel.V, byRow, byColumn), (ranks.Vocabulary, ranks.MedianByRow, ranks.MedianByColumn));
        Assert.Equal(amongTenLowest / (double)IntegerModel.V, ranks.ShareAmongLowest(10), 1e-12);
    }

    [Fact]
    public void Of_IntegerModel_RanksOfTokensAreNumpys()
    {
        var ranks = OwnTokenRanks.Of(IntegerModel.Circuit(IntegerModel.First));
        Assert.Equal([6, 15, 29, 16, 49, 30], ranks.ByRow.Take(6));
        Assert.Equal([15, 11, 44, 6, 45, 25], ranks.ByColumn.Take(6));
        Assert.Equal([44, 35, 21, 34, 1, 20], ranks.ByRowFromBelow.Take(6));
        Assert.Equal(1 / (double)IntegerModel.V, ranks.ShareAmongHighest(1), 1e-12);
    }

    [Fact]
    public void Of_NegatedCircuit_AreRanksFromBelow()
    {
        var negated = OwnTokenRanks.Of(IntegerModel.Circuit(IntegerModel.Projection).Negate());
        Assert.Equal((50, 50), (negated.MedianByRow, negated.MedianByColumn));
        Assert.Equal(46 / (double)IntegerModel.V, negated.ShareAmongLowest(10), 1e-12);
    }

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds, "copier"];

    // One pass tells both ends but where logits may be equal: that they are, or nearly, is what most of these circuits are made for.
    [Theory, MemberData(nameof(Kinds))]
    public void Of_AnyCircuit_FromBelowIsTheNegatedCircuitsRank(string kind)
    {
        foreach (var (vocabulary, rank) in new[] { (300, 5), (700, 24) })
        {
            var circuit = ScoringCases.Create(kind, vocabulary, rank);
            var negated = CpuEngine.Shared.ScoreVocabulary(circuit.Negate(), new() { LabelRank = true });
            var unlike = new CpuEngine(1, SimdWidth.Bits128) { SavedWork = SavedWork.PanelsAndTiles };
            Assert.Equal(negated.LabelRanks, OwnTokenRanks.Of(circuit).ByRowFromBelow);
            Assert.Equal(negated.LabelRanks, OwnTokenRanks.Of(circuit, unlike).ByRowFromBelow);
        }
    }

    [Fact]
    public void Of_OutputsThatAreNoTokens_Refuses()
    {
        var circuit = new TokenCircuit("c", new Matrix(4, 2), new Matrix(2, 3), FactoredMatrix.Identity(2));
        Assert.Contains("not these tokens", Assert.Throws<InvalidOperationException>(() => OwnTokenRanks.Of(circuit)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NumbersDiffer_Refuses()
    {
        Assert.Throws<ArgumentException>(() => new OwnTokenRanks([1, 2], [1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new OwnTokenRanks([], [], []));
        Assert.Throws<ArgumentException>(() => new OwnTokenRanks([1, 3], [1, 1], [1, 1]));
    }

    [Fact]
    public void Median_EvenNumber_IsBetweenTheTwoInTheMiddle() =>
        Assert.Equal(2.5, new OwnTokenRanks([4, 1, 2, 3], [1, 1, 1, 1], [1, 1, 1, 1]).MedianByRow);
}
