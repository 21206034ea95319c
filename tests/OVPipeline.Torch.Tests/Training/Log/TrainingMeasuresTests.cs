using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TrainingMeasuresTests : IDisposable
{
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Measure_BestPairOfAnEarlierLayer_IsFound()
    {
        // Heads 0.0 and 0.2 pass two thirds of the residual stream on as it is, and W_U is W_E': together they copy.
        var config = TrainingFixture.Config;
        var random = new Random(4);
        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)(random.NextDouble() - 0.5));
        var embedding = Noise(config.Vocabulary, config.DModel);
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, embedding);
        weights.Set(WeightKind.W_U, embedding.Transpose());
        weights.Set(WeightKind.W_pos, Noise(config.ContextLength, config.DModel));
        foreach (var head in config.ToTransformerConfig().AllHeads)
        {
            int first = head is { Layer: 0, Head: 0 or 2 } ? head.Head * 8 : -1;
            Matrix Map(int rows, int columns, bool reads)
            {
                if (first < 0)
                    return Matrix.Create(rows, columns, (_, _) => 0.1f * (float)(random.NextDouble() - 0.5));
                return Matrix.Create(rows, columns, (i, j) => (reads ? i == first + j : j == first + i) ? 1 : 0);
            }
            weights.Set(WeightKind.W_Q, head, Noise(config.DModel, config.DHead));
            weights.Set(WeightKind.W_K, head, Noise(config.DModel, config.DHead));
            weights.Set(WeightKind.W_V, head, Map(config.DModel, config.DHead, reads: true));
            weights.Set(WeightKind.W_O, head, Map(config.DHead, config.DModel, reads: false));
        }
        using var model = Transformer.FromWeights(new(config.ToTransformerConfig(), weights));
        var row = new TrainingMeasures(model, _fixture.Data(), TrainingFixture.Context, windows: 2, threads: 1)
            .Measure(TrainingLogTests.Row(1));
        Assert.Equal("0.0 + 0.2", row.BestPair!.Name);
        Assert.True(row.BestPair.Top1 > row.Heads.Max(head => head.Top1));
    }

    [Fact]
    public void Measure_AnyModel_IsWhatItsPartsGive()
    {
        using var model = TrainingFixture.Model();
        var data = _fixture.Data();
        var row = new TrainingMeasures(model, data, TrainingFixture.Context, windows: 3, threads: 1).Measure(TrainingLogTests.Row(1));

        int[] text = [.. Tokens(data.Validation!)];
        var probe = new BehaviourProbe(new TextWindows(text, TrainingFixture.Context, separator: 3, count: 3), separator: 3);
        var behaviour = probe.Measure(model);
        Assert.Equal(behaviour.ValidationLoss, row.ValidationLoss);
        Assert.Equal(behaviour.Heads.Select(head => (head.Head, head.InductionScore)), row.Induction);
        Assert.Equal(behaviour.Heads.Select(head => (head.Head, head.PreviousTokenScoreOnText)), row.PreviousToken);
        Assert.NotEqual(behaviour.Heads[0].PreviousTokenScore, behaviour.Heads[0].PreviousTokenScoreOnText);

        HeadIndex[] layer = [new(1, 0), new(1, 1), new(1, 2)];
        HeadIndex[] inducing = [.. layer.OrderByDescending(head => row.Induction.Single(score => score.Head == head).Value).Take(2)];
        Assert.Equal(layer, row.Layer.Heads);
        Assert.Equal(layer, row.Heads.Select(head => Assert.Single(head.Heads)));
        Assert.Equal(inducing.OrderBy(head => head.Head), row.InductionPair!.Heads);
        foreach (var copying in row.Heads.Append(row.Layer).Append(row.InductionPair))
        {
            var circuit = TokenCircuit.OfHeads(model.Weights, [.. copying.Heads]);
            Assert.Equal((Share(circuit, 1), Share(circuit, 5)), (copying.Top1, copying.Top5));
        }
    }

    private static IEnumerable<int> Tokens(TokenFile file)
    {
        long[] tokens = new long[file.Count];
        file.Read(0, tokens);
        return tokens.Select(id => (int)id);
    }

    // Of rows of logits in plain loops: the share whose own logit has fewer than a number of others above it.
    private static double Share(TokenCircuit circuit, int within)
    {
        int vocabulary = circuit.G.Columns;
        int inside = 0;
        for (int token = 0; token < vocabulary; token++)
        {
            double Logit(int column) => Enumerable.Range(0, circuit.G.Rows).Sum(k => (double)circuit.H[token, k] * circuit.G[k, column]);
            double own = Logit(token);
            inside += Enumerable.Range(0, vocabulary).Count(column => Logit(column) > own) < within ? 1 : 0;
        }
        return inside / (double)vocabulary;
    }
}
