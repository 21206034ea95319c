using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public sealed class TrainingStepTests : IDisposable
{
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(1, false, NormalizationKind.None)]
    [InlineData(4, false, NormalizationKind.None)]
    [InlineData(1, true, NormalizationKind.LN)]
    public void Run_AnyModel_GradientsAreAutogradsOfTheWeightedMean(float repeatWeight, bool biases, NormalizationKind normalization)
    {
        using var model = TrainingFixture.Model(
            TrainingFixture.Config with { Biases = biases, Normalization = normalization, Vocabulary = 2500, DValue = 5 });
        using var scope = NewDisposeScope();
        var batch = Batch(3, 2500);
        float[] weights = new float[batch.Inputs.Length];
        batch.WeighRepeats(repeatWeight, weights, new int[2500]);
        Assert.Contains(repeatWeight, weights);

        var logits = model.forward(tensor(batch.Inputs).view(3, -1)).view(-1, 2500);
        var losses = nn.functional.cross_entropy(logits, tensor(batch.Targets), reduction: nn.Reduction.None);
        var weight = tensor(weights);
        ((losses * weight).sum() / weight.sum()).backward();
        var expected = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter.grad!.clone());
        double expectedLoss = losses.mean().item<float>();

        var parameters = ParameterSelection.Of(model, TrainingFixture.Options);
        using var step = new TrainingStep(model, parameters, 3, TrainingFixture.Context, 2, false);
        for (int repeat = 0; repeat < 2; repeat++) // gradients do not add up over steps
        {
            Assert.Equal(expectedLoss, step.Run(batch, weights), 1e-5);
            Assert.Equal(expected.Count, parameters.Count);
            foreach (var parameter in parameters)
            {
                var difference = parameter.Gradient! - expected[parameter.Name];
                double norm = expected[parameter.Name].norm().item<float>();
                Assert.True(difference.norm().item<float>() <= 2e-6 + 1e-5 * norm,
                    $"{parameter.Name}: {difference.norm().item<float>()} of {norm}");
            }
        }
    }

    [Fact]
    public void Run_HalfPrecision_IsNearSinglePrecision()
    {
        using var model = TrainingFixture.Model();
        var batch = Batch(4, TrainingFixture.Vocabulary);
        float[] ones = [.. Enumerable.Repeat(1f, batch.Inputs.Length)];
        var gradients = new List<float[]>();
        var losses = new List<double>();
        foreach (bool half in new[] { false, true })
        {
            var parameters = ParameterSelection.Of(model, TrainingFixture.Options);
            using var step = new TrainingStep(model, parameters, 4, TrainingFixture.Context, 1, half);
            losses.Add(step.Run(batch, ones));
            gradients.Add([.. parameters.SelectMany(parameter => parameter.Gradient!.data<float>().ToArray())]);
        }
        Assert.Equal(losses[0], losses[1], 0.01);
        double error = Math.Sqrt(gradients[0].Zip(gradients[1], (a, b) => Math.Pow(a - b, 2)).Sum() / gradients[0].Sum(a => (double)a * a));
        Assert.InRange(error, 1e-6, 0.02);
    }

    [Fact]
    public void Dispose_AfterAStep_LeavesTheModelAsItWas()
    {
        using var model = TrainingFixture.Model();
        float[] before = TrainingFixture.AllWeights(model);
        using (var step = new TrainingStep(model, ParameterSelection.Of(model, TrainingFixture.Options with { Frozen = ["blocks.0."] }), 3,
            TrainingFixture.Context, 1, false))
            step.Run(Batch(3, TrainingFixture.Vocabulary), new float[3 * TrainingFixture.Context].Select(_ => 1f).ToArray());
        Assert.Equal(before, TrainingFixture.AllWeights(model));
        Assert.All(model.named_parameters(), pair => Assert.True(pair.parameter.requires_grad && pair.parameter.grad is null, pair.name));
    }

    private static TokenBatch Batch(int sequences, int vocabulary)
    {
        var batch = new TokenBatch(sequences, TrainingFixture.Context);
        var random = new SplitMix64(5);
        for (int i = 0; i < batch.Targets.Length; i++)
            batch.Targets[i] = i % 3 == 0 ? random.Below(5) : random.Below(vocabulary);
        for (int b = 0; b < sequences; b++)
            batch.Prepend(b, 3);
        return batch;
    }
}
