using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Composition;

public sealed class CompositionScoresTests
{
    [Fact]
    public void OfModel_RandomHeads_AgreesWithDenseProducts()
    {
        var model = AttentionModel.Create();
        var pairs = CompositionScores.OfModel(model, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(3 * 2 * 2, pairs.Count);
        foreach (var pair in pairs)
        {
            Assert.True(pair.Earlier.Layer < pair.Later.Layer);
            var ov = Dense(model.W_V(pair.Earlier)) * Dense(model.W_O(pair.Earlier));
            var qk = Dense(model.W_Q(pair.Later)) * Dense(model.W_K(pair.Later)).Transpose();
            var ov2 = Dense(model.W_V(pair.Later)) * Dense(model.W_O(pair.Later));
            Assert.Equal((ov * qk).FrobeniusNorm() / ov.FrobeniusNorm() / qk.FrobeniusNorm(), pair.Q!.Value, 1e-5);
            Assert.Equal((ov * qk.Transpose()).FrobeniusNorm() / ov.FrobeniusNorm() / qk.FrobeniusNorm(), pair.K!.Value, 1e-5);
            Assert.Equal((ov * ov2).FrobeniusNorm() / ov.FrobeniusNorm() / ov2.FrobeniusNorm(), pair.V, 1e-5);
        }
        Assert.True(pairs.All(pair => Math.Abs(pair.Q!.Value - pair.K!.Value) > 1e-4)); // or the orientation would not be tested
        Assert.Equal(pairs.Count, pairs.Select(pair => (pair.Earlier, pair.Later)).Distinct().Count());
    }

    [Fact]
    public void OfModel_KeysReadWhatAHeadWrites_KIsHighAndQIsNot()
    {
        // Head 1.0 has the keys of head 0.1's output directions; its queries are orthogonal to them.
        HeadIndex earlier = new(0, 1), later = new(1, 0);
        Matrix Unit(int first, bool transposed) => Matrix.Create(
            transposed ? 3 : 12, transposed ? 12 : 3, (i, j) => transposed ? (j == first + i ? 1 : 0) : (i == first + j ? 1 : 0));
        var model = AttentionModel.Create(weights =>
        {
            weights.Set(WeightKind.W_O, earlier, Unit(3, true));
            weights.Set(WeightKind.W_V, earlier, Unit(0, false));
            weights.Set(WeightKind.W_K, later, Unit(3, false));
            weights.Set(WeightKind.W_Q, later, Unit(6, false));
        });
        var pair = CompositionScores.OfModel(model).Single(p => p.Earlier == earlier && p.Later == later);
        Assert.Equal((1 / Math.Sqrt(3), 0), (pair.K!.Value, pair.Q!.Value)); // rank-3 partial isometries: sqrt(3) / 3
        Assert.Equal(pair.K.Value, CompositionScores.Of(model.OVCircuit(earlier), model.QKCircuit(later).Transpose()), 1e-6);
    }

    [Fact]
    public void OfModel_NoQueries_GivesVAlone()
    {
        var pairs = CompositionScores.OfModel(AttentionModel.Create(has: kind => kind is not (WeightKind.W_Q or WeightKind.W_K)));
        Assert.Equal(12, pairs.Count);
        Assert.All(pairs, pair => Assert.True(pair is { Q: null, K: null, V: > 0 }));
    }

    [Fact]
    public void OfModel_ZeroHead_ScoresZero()
    {
        HeadIndex zero = new(0, 0);
        var pairs = CompositionScores.OfModel(AttentionModel.Create(weights => weights.Set(WeightKind.W_V, zero, new Matrix(12, 3))));
        Assert.All(pairs.Where(pair => pair.Earlier == zero), pair => Assert.Equal((0, 0, 0), (pair.Q!.Value, pair.K!.Value, pair.V)));
        Assert.All(pairs.Where(pair => pair.Earlier != zero), pair => Assert.True(pair.K > 0));
    }

    [Fact]
    public void OfModel_Cancelled_Throws() =>
        Assert.ThrowsAny<OperationCanceledException>(
            () => CompositionScores.OfModel(AttentionModel.Create(), cancellationToken: new(canceled: true)));

    [Theory]
    [InlineData(64, 4, 4)]
    [InlineData(100, 20, 10)]
    public void Baseline_RandomHeads_IsNearOneOverTheRootOfTheWidth(int dModel, int earlier, int later)
    {
        var baseline = CompositionBaseline.Sample(dModel, earlier, later, samples: 100);
        Assert.Equal(1 / Math.Sqrt(dModel), baseline.Mean, 0.02 / Math.Sqrt(dModel));
        Assert.InRange(baseline.StandardDeviation, 1e-6, 0.2 / Math.Sqrt(dModel));
        Assert.Equal(baseline, CompositionBaseline.Sample(dModel, earlier, later, samples: 100));
        Assert.NotEqual(baseline, CompositionBaseline.Sample(dModel, earlier, later, samples: 100, seed: 2));
    }
}
