using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Circuits;

public sealed class QKCircuitTests
{
    private static readonly HeadIndex s_head = new(1, 1), s_earlier = new(0, 1);

    [Fact]
    public void OfQK_QueryToKey_HasQueriesAsRows()
    {
        var model = AttentionModel.Create();
        var expected = Dense(model.W_E) * Dense(model.W_Q(s_head)) * Dense(model.W_K(s_head)).Transpose() * Dense(model.W_E).Transpose();
        var circuit = TokenCircuit.OfQK(model, s_head);
        Assert.Equal(0, (expected - Dense(circuit.Logits)).FrobeniusNorm(), 1e-3);
        Assert.Equal(
            0, (expected.Transpose() - Dense(TokenCircuit.OfQK(model, s_head, CircuitAxes.KeyToQuery).Logits)).FrobeniusNorm(), 1e-3);
        Assert.True((expected - expected.Transpose()).FrobeniusNorm() > 1); // or the two directions could not be told apart
        Assert.Equal((AttentionModel.DHead, CircuitAxes.QueryToKey, "as made"),
            (circuit.Rank, circuit.Origin.Axes, circuit.Origin.Processing.Single()));
        Assert.Equal([s_head], circuit.Heads);
    }

    [Theory]
    [InlineData(CircuitAxes.QueryToKey)]
    [InlineData(CircuitAxes.KeyToQuery)]
    public void OfQK_Residual_IsTheSameMap(CircuitAxes axes)
    {
        var model = AttentionModel.Create();
        var circuit = TokenCircuit.OfQK(model, s_head, axes);
        var throughResidual = Dense(model.W_E) * Dense(circuit.Residual) * Dense(model.W_E).Transpose();
        Assert.Equal(0, (throughResidual - Dense(circuit.Logits)).FrobeniusNorm(), 1e-3);
        Assert.Contains(axes == CircuitAxes.QueryToKey ? "query to key" : "key to query", circuit.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void OfKComposition_QueryToKey_ReadsTheEarlierHeadAsKey()
    {
        var model = AttentionModel.Create();
        var keys = Dense(model.W_E) * Dense(model.W_V(s_earlier)) * Dense(model.W_O(s_earlier)) * Dense(model.W_K(s_head));
        var expected = Dense(model.W_E) * Dense(model.W_Q(s_head)) * keys.Transpose();
        var circuit = TokenCircuit.OfKComposition(model, s_earlier, s_head);
        Assert.Equal(0, (expected - Dense(circuit.Logits)).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);
        var byKey = TokenCircuit.OfKComposition(model, s_earlier, s_head, CircuitAxes.KeyToQuery);
        Assert.Equal(0, (expected.Transpose() - Dense(byKey.Logits)).FrobeniusNorm() / expected.FrobeniusNorm(), 1e-5);
        Assert.Equal([s_earlier, s_head], byKey.Heads);
    }

    [Fact]
    public void OfKComposition_NotEarlier_Refuses()
    {
        var model = AttentionModel.Create();
        var error = Assert.Throws<ArgumentException>(() => TokenCircuit.OfKComposition(model, new(1, 0), s_head));
        Assert.Contains("1.0 is not in a layer before 1.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfQK_AxesOfAnOVCircuit_Refuses()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => TokenCircuit.OfQK(AttentionModel.Create(), s_head, CircuitAxes.SourceToOutput));
        Assert.Contains("SourceToOutput", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfQK_NoQueries_SaysSo()
    {
        var model = AttentionModel.Create(has: kind => kind != WeightKind.W_Q);
        Assert.False(model.HasQK);
        var error = Assert.Throws<InvalidOperationException>(() => TokenCircuit.OfQK(model, s_head));
        Assert.Contains("tiny has no W_Q and W_K", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Negate_Ranks_CountFromBelowWithTiesToTheLowerToken()
    {
        // Few small integers: most rows have ties, some at the label, some are all zero.
        var random = new Random(3);
        Matrix Integers(int rows, int columns) => Matrix.Create(rows, columns, (i, _) => i % 7 == 0 ? 0 : random.Next(-1, 2));
        var circuit = new TokenCircuit(
            "ties", Integers(37, 2), Matrix.Create(2, 37, (_, _) => random.Next(-1, 2)), FactoredMatrix.Identity(2));
        int[] ranks = CpuEngine.Shared.ScoreVocabulary(circuit.Negate(), new() { LabelRank = true, TopK = 1 }).LabelRanks;
        int tied = 0;
        for (int row = 0; row < 37; row++)
        {
            var logits = Enumerable.Range(0, 37)
                .Select(j => Enumerable.Range(0, 2).Sum(k => circuit.H[row, k] * circuit.G[k, j])).ToArray();
            Assert.Equal(1 + logits.Where((logit, j) => logit < logits[row] || logit == logits[row] && j < row).Count(), ranks[row]);
            tied += logits.Count(logit => logit == logits[row]) > 1 ? 1 : 0;
        }
        Assert.True(tied > 18);
    }

    [Fact]
    public void Negate_AfterScoring_SharesThePackedColumnsAndScoresTheOpposite()
    {
        var circuit = TokenCircuit.OfHeads(AttentionModel.Create(), s_head);
        var options = new ScoringOptions { TopK = AttentionModel.V };
        var falling = CpuEngine.Shared.ScoreVocabulary(circuit, options);
        var rising = CpuEngine.Shared.ScoreVocabulary(circuit.Negate(), options);
        Assert.Equal(falling.TopTokens.Chunk(AttentionModel.V).SelectMany(row => row.Reverse()), rising.TopTokens);
        Assert.Equal(-circuit.CopyingScore(), circuit.Negate().CopyingScore(), 1e-9);
    }
}
