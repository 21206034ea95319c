using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Circuits of models whose outputs are not their tokens, against products of the whole matrices in double.</summary>
public class OutputVocabularyTests
{
    private static readonly HeadIndex[] Heads = [new(0, 1), new(2, 0)];
    private static readonly ScoringOptions Everything = new() { TopK = 1, LabelRank = true, LabelLogLoss = true, LogitMoments = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(2), InlineData(39), InlineData(41), InlineData(100)]
    public void OfHeads_OtherOutputs_IsTheProductOfTheWeights(int outputs)
    {
        var model = Model(outputs);
        var circuit = TokenCircuit.OfHeads(model, Heads);
        var residual = TestMatrices.Dense(model.OVCircuit(Heads[0])) + TestMatrices.Dense(model.OVCircuit(Heads[1]));
        var expected = TestMatrices.Dense(model.W_E) * residual * TestMatrices.Dense(model.W_U);

        Assert.Equal((AttentionModel.V, outputs, 6), (circuit.Vocabulary, circuit.OutputVocabulary, circuit.Rank));
        AssertClose(expected, circuit.Logits);
        AssertClose(-expected, circuit.Negate().Logits);
        AssertClose(TestMatrices.Dense(model.W_E) * TestMatrices.Dense(model.W_U), TokenCircuit.Direct(model).Logits);
        double[] singular = [.. expected.Svd(computeVectors: false).S.Take(Math.Min(6, outputs))];
        Assert.Equal(singular, circuit.Logits.SingularValues().Take(singular.Length), (a, b) => Math.Abs(a - b) <= 1e-5 * singular[0]);
        Assert.Equal(expected.FrobeniusNorm(), circuit.Logits.FrobeniusNorm(), 1e-5 * expected.FrobeniusNorm());
        var best = expected.Svd();
        int rank = Math.Min(2, outputs);
        var truncated = best.U.SubMatrix(0, AttentionModel.V, 0, rank) * MathNet.Numerics.LinearAlgebra.Matrix<double>.Build
            .DenseOfDiagonalArray([.. best.S.Take(rank)]) * best.VT.SubMatrix(0, rank, 0, outputs);
        AssertClose(truncated, circuit.Truncate(2).Logits);
    }

    [Theory, InlineData(2), InlineData(100)]
    public void ScoreTokens_LabelsOfTheOutputs_AreExact(int outputs)
    {
        var circuit = TokenCircuit.OfHeads(Model(outputs), Heads);
        var logits = TestMatrices.Dense(circuit.Logits);
        int[] tokens = [.. Enumerable.Range(0, AttentionModel.V)];
        int[] labels = [.. tokens.Select(token => token % 7 == 0 ? -1 : (13 * token) % outputs)];
        var scored = CpuEngine.Shared.ScoreTokens(circuit, tokens, labels, Everything, cancellationToken: Token);
        foreach (int token in tokens)
        {
            double[] row = logits.Row(token).ToArray();
            Assert.Equal(Array.IndexOf(row, row.Max()), scored.TopTokens[token]);
            if (labels[token] < 0)
                continue;
            double own = row[labels[token]];
            Assert.Equal(1 + row.Count(logit => logit > own), scored.LabelRanks[token]);
            Assert.Equal(Math.Log(row.Sum(Math.Exp)) - own, scored.LabelLogLosses[token], 1e-5);
        }
    }

    [Fact]
    public void NoCopying_OtherOutputs_IsWhyNothingOfCopyingIsGiven()
    {
        var model = Model(2);
        var circuit = TokenCircuit.OfHeads(model, Heads[0]);
        Assert.Equal("0.1 maps 40 tokens to 2 outputs, which are not these tokens: copying is not defined.", circuit.NoCopying);
        Assert.Equal("0.1 (V 40, V_out 2, rank 3)", circuit.ToString());
        Assert.Equal(circuit.NoCopying, Assert.Throws<InvalidOperationException>(() => circuit.CopyingScore()).Message);
        foreach (var options in new ScoringOptions[] { new() { LabelRank = true }, new() { LabelLogLoss = true } })
        {
            var error = Assert.Throws<ArgumentException>(
                () => CpuEngine.Shared.ScoreVocabulary(circuit, options, cancellationToken: Token));
            Assert.StartsWith(circuit.NoCopying!, error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(model.Config.NoCopying, Assert.Throws<InvalidOperationException>(() => CopyingHeads.Find(model)).Message);

        // What has no label is given all the same, and circuits from tokens to tokens have everything.
        Assert.Equal(80, CpuEngine.Shared.ScoreVocabulary(circuit, new() { TopK = 2 }, cancellationToken: Token).TopTokens.Length);
        foreach (var square in new[] { TokenCircuit.OfQK(model, Heads[1]), TokenCircuit.OfKComposition(model, Heads[0], Heads[1]) })
        {
            Assert.Null(square.NoCopying);
            Assert.InRange(square.CopyingScore(), -1, 1);
            Assert.Equal(40, CpuEngine.Shared.ScoreVocabulary(square, Everything, cancellationToken: Token).LabelRanks.Length);
        }
    }

    [Fact]
    public void ReadTokens_OtherOutputs_AreRangesOfTheOwnVocabulary()
    {
        var few = Model(2);
        Assert.Equal((12, 2), (few.ReadTokens(WeightKind.W_U, 0, 2).Rows, few.ReadTokens(WeightKind.W_U, 0, 2).Columns));
        Assert.Throws<ArgumentOutOfRangeException>(() => few.ReadTokens(WeightKind.W_U, 1, 2));
        Assert.Equal(1, few.ReadTokens(WeightKind.W_E, 39, 1).Rows);
        var many = Model(100);
        Assert.Equal(many.W_U[5, 99], many.ReadTokens(WeightKind.W_U, 99, 1)[5, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => many.ReadTokens(WeightKind.W_E, 99, 1));
    }

    [Fact]
    public void NormScales_OtherOutputs_AreOfTheTokens()
    {
        var model = Model(2, "LN");
        var held = model.WithNormScales(NormScales.OfLoneEmbedding(model, Token));
        Assert.Equal(AttentionModel.V, held.NormScales!.Vocabulary);
        var circuit = TokenCircuit.OfHeads(held, Heads[0]);
        Assert.Equal((AttentionModel.V, 2), (circuit.Vocabulary, circuit.OutputVocabulary));
        Assert.Equal((40, 2), (held.W_E.Rows, held.W_U.Columns));
    }

    /// <summary>The model of <see cref="AttentionModel"/> with an unembedding to other outputs.</summary>
    internal static TransformerWeights Model(int outputs, string? normalization = null) => AttentionModel.Create(
        weights => weights.Set(WeightKind.W_U, TestMatrices.Random(AttentionModel.D, outputs, 77)),
        kind: config => config with { OutputVocabulary = outputs, Normalization = normalization });

    private static void AssertClose(MathNet.Numerics.LinearAlgebra.Matrix<double> expected, FactoredMatrix actual)
    {
        Assert.Equal((expected.RowCount, expected.ColumnCount), (actual.Rows, actual.Columns));
        Assert.InRange((expected - TestMatrices.Dense(actual)).FrobeniusNorm(), 0, 1e-5 * expected.FrobeniusNorm());
    }
}
