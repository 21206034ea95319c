using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public sealed class AdamWTests : IDisposable
{
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(70_000)]
    public void Step_ManySteps_FollowsTorchs(int size)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var start = randn(size, generator: random);
        var parameter = new TorchSharp.Modules.Parameter(start.clone());
        var reference = optim.AdamW([parameter], lr: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1);
        var ours = new TrainedParameter("w", start.clone(), 0.5) { Gradient = zeros(size) };
        var optimizer = new AdamW([ours], 2);
        for (int step = 1; step <= 20; step++)
        {
            var gradient = randn(size, generator: random).Times(1.0 / step);
            parameter.grad = gradient.clone();
            reference.step();
            ours.Gradient!.copy_(gradient.Times(4));
            Assert.Equal(gradient.norm().item<float>() * 4, optimizer.GradientNorm(), 1e-4 * Math.Sqrt(size));
            optimizer.Step(0.02, 0.1, 0.25); // rate and gradient are scaled back
        }
        Assert.True((parameter - ours.Value).abs().max().item<float>() < 2e-6);
    }

    [Fact]
    public void Step_AnyNumberOfThreads_SameBits()
    {
        float[] Run(int threads)
        {
            using var scope = NewDisposeScope();
            using var random = new Generator(2);
            var parameter = new TrainedParameter("w", randn(200_003, generator: random), 1) { Gradient = zeros(200_003) };
            var optimizer = new AdamW([parameter], threads);
            for (int step = 0; step < 3; step++)
            {
                parameter.Gradient!.copy_(randn(200_003, generator: random));
                optimizer.Step(0.01, 0.1, 1 / optimizer.GradientNorm());
            }
            return parameter.Value.data<float>().ToArray();
        }
        Assert.Equal(Run(1), Run(3));
    }
}
