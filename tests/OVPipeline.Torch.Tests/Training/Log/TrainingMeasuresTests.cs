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
        using var model = AttentionOnlyTransformer.FromWeights(new(config.ToTransformerConfig(), weights));
        var row = new TrainingMeasures(model, _fixture.Data(), TrainingFixture.Context, windows: 2, threads: 1)
            .Measure(TrainingLogTests.Row(1));
        Assert.Equal("0.0 + 0.2", row.BestPair!.Name);
        Assert.True(row.BestPair.Top1 > row.Heads.Max(head => head.Top1));
    }
}
