using OVPipeline.Core;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Experiments.Tests;

public sealed class UnembeddingTests
{
    private const int Width = 6, Vocabulary = 40, Rows = 9;

    // Without a cap and through one, beside libtorch's loss and the gradient that it takes itself.
    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, 3.0)]
    public void LossesAndGradient_OfAnyModel_AreLibtorchs(bool biased, double? cap)
    {
        TinyText.SkipWithoutLibtorch();
        using var scope = NewDisposeScope();
        var random = new Random(5);
        var weight = Values(Width, Vocabulary);
        var bias = biased ? Values(1, Vocabulary) : null;
        var residual = Values(Rows, Width).ToTensor().requires_grad_(true);
        var targets = tensor(Enumerable.Range(0, Rows).Select(i => (long)(i * 11 % Vocabulary)).ToArray());
        var unembedding = new Unembedding(weight, bias, cap);

        var logits = residual.matmul(weight.ToTensor());
        if (bias is not null)
            logits = logits.Plus(bias.ToTensor());
        if (cap is { } most)
            logits = logits.Over(most).tanh().Times(most);
        var expected = nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None);
        Close(logits, unembedding.Logits(residual));
        Close(expected, unembedding.Losses(residual, targets));
        Close(autograd.grad([expected.mean()], [residual])[0], unembedding.Gradient(residual, targets));

        Matrix Values(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)(2 * random.NextDouble() - 1) * 2);
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        double[] wanted = expected.Values(), had = actual.Values();
        Assert.Equal(wanted.Length, had.Length);
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], had[i], 1e-5);
    }
}
