using OVPipeline.Core.Tests.Circuits;
using Xunit;

namespace OVPipeline.Core.Tests.Copying;

public sealed class CopyScoreTests
{
    private static readonly int[] s_names = [1, 7, 8, 20, 41, 52];

    // numpy: names that are among np.argsort(-logits, kind="stable")[:5] of their own rows, as the published code's topk has it.
    [Theory]
    [InlineData(IntegerModel.First, 1, 0)]
    [InlineData(IntegerModel.Second, 2, 0)]
    [InlineData(IntegerModel.Virtual, 2, 0)]
    [InlineData(IntegerModel.Projection, 6, 0)]
    public void Of_IntegerModel_IsNumpys(string name, int copied, int suppressed)
    {
        var circuit = IntegerModel.Circuit(name);
        Assert.Equal(copied / 6.0, CopyScore.Of(circuit, s_names), 1e-12);
        Assert.Equal(suppressed / 6.0, CopyScore.Of(circuit.Negate(), s_names), 1e-12);
    }

    [Fact]
    public void Of_NegatedProjection_IsOneOfNegativeNameMovers()
    {
        var negated = IntegerModel.Circuit(IntegerModel.Projection).Negate();
        Assert.Equal(0, CopyScore.Of(negated, s_names));
        Assert.Equal(1, CopyScore.Of(negated.Negate(), s_names));
    }

    // Token 1 has rank 5 in its row, which numpy counts too: the published five is enough, four is not.
    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 1)]
    public void Of_Top_CountsThatManyLogits(int top, double score) =>
        Assert.Equal(score, CopyScore.Of(IntegerModel.Circuit(IntegerModel.Projection), [1], top));

    [Fact]
    public void Of_NothingToScore_Refuses()
    {
        var circuit = IntegerModel.Circuit(IntegerModel.First);
        Assert.Throws<ArgumentException>(() => CopyScore.Of(circuit, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => CopyScore.Of(circuit, [0], top: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => CopyScore.Of(circuit, [IntegerModel.V]));
    }
}
