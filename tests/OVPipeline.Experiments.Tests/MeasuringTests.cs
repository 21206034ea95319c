using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class MeasuringTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(95)]
    [InlineData(3142)]
    public void Permutation_AnyVocabulary_IsABijectionWithoutFixedPoints(int vocabulary)
    {
        foreach (var counts in new[] { null, new TokenCounts([.. Enumerable.Range(0, vocabulary).Select(i => (long)i)], "") })
        {
            int[] target = Permutations.Random(vocabulary, counts, 3);
            Assert.Equal(Enumerable.Range(0, vocabulary), target.Order());
            Assert.DoesNotContain(Enumerable.Range(0, vocabulary), token => target[token] == token);
        }
    }

    [Fact]
    public void Permutation_WithCounts_KeepsFrequency()
    {
        int[] target = Permutations.Random(1000, new TokenCounts([.. Enumerable.Range(0, 1000).Select(i => (long)i)], ""), 3);
        Assert.All(Enumerable.Range(0, 1000), token => Assert.InRange(Math.Abs(target[token] - token), 1, 63));
    }

    [Fact]
    public void WithoutMeanRow_Circuit_HasRowsOfMeanZeroAndTheSameDifferences()
    {
        var circuit = TokenCircuit.OfHeads(TinyModel.Create(20, 6, 1, 1, 3).Weights, new HeadIndex(0, 0));
        Matrix plain = circuit.Logits.ToMatrix(), centred = circuit.WithoutMeanRow().Logits.ToMatrix();
        for (int column = 0; column < 20; column++)
        {
            Assert.Equal(0, Enumerable.Range(0, 20).Average(row => centred[row, column]), 1e-5);
            Assert.Equal(plain[3, column] - plain[7, column], centred[3, column] - centred[7, column], 1e-4);
        }
    }

    [Fact]
    public void SubVocabulary_Tokens_KeepTheirVectors()
    {
        var model = TinyModel.Create(20, 6, 1, 1, 3);
        var known = SubVocabulary.Of(model, [3, 17]);
        Assert.Equal(model.Vocabulary[17], known.Vocabulary[1]);
        Assert.Equal(model.Weights.W_E.Row(17).ToArray(), known.Weights.W_E.Row(1).ToArray());
        Assert.Equal(model.Weights.W_U[4, 17], known.Weights.W_U[4, 1]);
    }

    [Fact]
    public void Groups_CaseAndSpace_StayTogether()
    {
        var rows = TokenRow.Of(new Vocabulary(["the", "␣the", "␣The", "␣", "then"]));
        Assert.Equal(["the", "the", "the", "␣", "then"], rows.Select(row => row.Group));
    }

    [Fact]
    public void Reach_Bisection_FindsTheSmallestRank()
    {
        var tried = new List<int>();
        var row = ReachRow.Find("x", "top1", 0.5, null, [(1, false, false), (16, false, false), (64, true, false)], rank => { tried.Add(rank); return rank >= 23; });
        Assert.Equal((22, 23, 64), (row.Below, row.Reached!.Value, row.Most));
        Assert.InRange(tried.Count, 1, 6);
    }

    [Fact]
    public void Reach_FitThatFailedACheck_TellsOfNoRankThatItIsTooSmall()
    {
        Assert.Equal((1, 64), Bracket((1, false, false), (16, false, true), (64, true, false)));
        Assert.Equal((16, 64), Bracket((1, false, false), (16, false, false), (64, true, true)));
        Assert.Equal((0, null), Bracket((1, false, true), (64, false, true)));
        Assert.Equal((1, 16), Bracket((1, false, false), (16, true, false), (64, false, false)));

        static (int, int?) Bracket(params (int, bool, bool)[] tested) => ReachRow.Find("x", "top1", 0.5, null, tested, null) is var row ? (row.Below, row.Reached) : default;
    }

    [Fact]
    public void ByFrequency_Circuit_WeightsTokensByTheirCounts()
    {
        var model = TinyModel.Create(20, 6, 1, 1, 6);
        var ml = new Microsoft.ML.MLContext(1);
        var measure = new CopyingMeasure(ml, model, ml.Data.LoadVocabulary(model));
        var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(0, 0));
        double top1 = measure.Circuit(CircuitKind.Head, "x", circuit, default).Top1;
        Assert.InRange(top1, 0.05, 0.95);
        Assert.Equal(top1, measure.ByFrequency(circuit, new([.. Enumerable.Repeat(7L, 20)], ""), default), 1e-12);
        double[] alone = [.. Enumerable.Range(0, 20).Select(i => measure.ByFrequency(circuit, new([.. Enumerable.Range(0, 20).Select(j => i == j ? 1L : 0L)], ""), default))];
        Assert.All(alone, share => Assert.True(share is 0 or 1));
        Assert.Equal(top1, alone.Average(), 1e-12);
    }
}
