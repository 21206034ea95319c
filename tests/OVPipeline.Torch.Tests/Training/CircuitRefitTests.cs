using OVPipeline.Core;
using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public sealed class CircuitRefitTests : IDisposable
{
    private static readonly HeadIndex s_a = new(1, 0), s_b = new(1, 2);

    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("1.0,1.2", false)]
    [InlineData("1.0:16", true)]
    [InlineData("1.0:4,1.2:4", false)]
    public void Prepare_AnyArm_StartsWithoutTheHeadsAndLearnsAtItsRank(string arm, bool biases)
    {
        TrainedCircuit[] circuits = [.. arm.Split(',').Select(TrainedCircuit.Parse)];
        using var model = TrainingFixture.Model(TrainingFixture.Config with { Biases = biases });
        using var scope = NewDisposeScope();
        float[] before = TrainingFixture.AllWeights(model);
        using var copy = CircuitRefit.Prepare(model, [s_a, s_b], circuits, seed: 1);
        Assert.Equal(before, TrainingFixture.AllWeights(model));

        var tokens = tensor([.. Enumerable.Range(0, TrainingFixture.Context).Select(i => (long)i)], [1, TrainingFixture.Context]);
        var start = copy.forward(tokens).detach();
        using (no_grad())
            foreach (var head in new[] { s_a, s_b })
            {
                model.Weight("blocks.1.attn.W_O")[head.Head].zero_();
                if (biases)
                    model.Weight("blocks.1.attn.b_V")[head.Head].zero_();
            }
        Assert.True((start - model.forward(tokens)).abs().max().item<float>() < 1e-5);

        var data = _fixture.Data();
        double without = new AttentionOnlyTrainer(TrainingFixture.Options with { LearningRate = 1e-12, WeightDecay = 0 })
            .Fit(copy, data).ValidationLoss;
        double trained = new AttentionOnlyTrainer(TrainingFixture.Options with
        {
            Tokens = 200 * 64,
            LearningRate = 0.05,
            OnlyCircuits = circuits,
        }).Fit(copy, data).ValidationLoss;
        Assert.True(trained < without - 0.005, $"{trained} after {without}");
        foreach (var (head, rank) in circuits)
        {
            using var singular = linalg.svdvals(
                copy.Weight("blocks.1.attn.W_V")[head.Head].matmul(copy.Weight("blocks.1.attn.W_O")[head.Head]).detach());
            float[] values = singular.data<float>().ToArray();
            int expected = rank ?? 8;
            Assert.True(values[expected - 1] > 1e-4 && values.Skip(expected).All(value => value < 1e-5), string.Join(" ", values));
        }
    }

    [Theory]
    [InlineData("1.0:25", "in [1, 24], was 25")]
    [InlineData("1.3", "Head 1.3 does not exist")]
    [InlineData("1.0,1.0:4", "each circuit once")]
    public void Prepare_CircuitThatCannotBe_SaysWhy(string arm, string expected)
    {
        using var model = TrainingFixture.Model();
        var error = Assert.ThrowsAny<ArgumentException>(
            () => CircuitRefit.Prepare(model, [s_a], [.. arm.Split(',').Select(TrainedCircuit.Parse)]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
