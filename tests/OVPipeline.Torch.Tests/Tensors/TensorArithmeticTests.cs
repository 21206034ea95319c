#pragma warning disable RS0030 // what the operators give is what is compared with

using OVPipeline.Core;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public class TensorArithmeticTests
{
    public TensorArithmeticTests()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
    }

    [Fact]
    public void Operations_AreTheOperators_BitByBit()
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(7, 5), b = randn(1, 5);
        Equal(a + b, a.Plus(b));
        Equal(a + 0.1, a.Plus(0.1));
        Equal(a * 0.1, a.Times(0.1));
        Equal(a / 0.3, a.Over(0.3));
        Assert.Equal(ScalarType.Float32, a.Times(0.1).dtype);
    }

    [Fact]
    public void AddRows_RowsThatRepeat_AddUp()
    {
        using var scope = NewDisposeScope();
        var sums = ones(3, 2);
        sums.AddRows(tensor([2L, 0, 2]), tensor([1f, 2, 3, 4, 5, 6], [3, 2]));
        Assert.Equal([4, 5, 1, 1, 7, 9], sums.data<float>().ToArray());
    }

    [Fact]
    public void Operations_AreDifferentiable()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3f]).requires_grad_(true);
        x.Times(2).Plus(x * x).Plus(1).Over(4).sum().backward();
        Assert.Equal((2 + 2 * 3) / 4f, x.grad!.item<float>());
    }

    // With a * 2.5 in the place of a.Times(2.5) this ends in an error of libtorch within half a second to two.
    [Fact]
    public void Operations_WhileGarbageIsCollected_NumbersAreHeld()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1f, 2, 3]);
        Collections.During(TimeSpan.FromSeconds(3), () =>
        {
            using var inner = NewDisposeScope();
            Assert.Equal([8.5f, 15.5f, 22.5f], a.Times(2.5).Plus(a).Over(0.5).Plus(1.5).data<float>().ToArray());
        });
    }

    [Theory]
    [InlineData(PositionKind.Shortformer, NormalizationKind.None, false)]
    [InlineData(PositionKind.Standard, NormalizationKind.LN, true)]
    public void ForwardPass_WhileGarbageIsCollected_GivesTheSameBits(PositionKind positions, NormalizationKind normalization, bool biases)
    {
        var config = TestModels.Config(positions, normalization, biases);
        using var model = TestModels.Random(config);
        using var scope = NewDisposeScope();
        var tokens = TestModels.Batch(TestModels.Sequences(model.Config));
        HeadIndex a = new(0, 0), b = new(1, 1);
        var changes = HeadInterventions.None.MeanAblate(HeadMeansMeasure.Over(model, tokens, perPosition: true), a).Scale(0.3, b)
            .UsePattern(b, a);
        float[] Values()
        {
            using var pass = model.Run(tokens, ForwardParts.Logits | ForwardParts.HeadOutputs | ForwardParts.Patterns, changes);
            return [.. pass.Logits.data<float>(),
                .. pass.Patterns.Concat(pass.HeadOutputs).SelectMany(tensor => ModuleWeights.Values(tensor))];
        }
        float[] expected = Values();
        Collections.During(TimeSpan.FromSeconds(2), () => Assert.Equal(expected, Values()));
    }

    private static void Equal(Tensor expected, Tensor actual) =>
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
}
