using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public sealed class CausalAttentionTests
{
    public CausalAttentionTests()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 4)]
    [InlineData(8, 16, 16)]
    [InlineData(15, 16, 8)]
    [InlineData(16, 17, 16)]
    [InlineData(17, 8, 33)]
    [InlineData(130, 16, 32)]
    public void Of_AnySize_IsLibtorchsWithItsGradients(int length, int queryWidth, int valueWidth)
    {
        using var scope = NewDisposeScope();
        var (inputs, gradient) = Random(length, queryWidth, valueWidth);
        var expected = Run(inputs, gradient, (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v, null, 0, true));
        var actual = Run(inputs, gradient, CausalAttention.Of);
        foreach (var (one, other) in expected.Zip(actual))
            Assert.True((one - other).norm().item<float>() <= 3e-6 * (1 + one.norm().item<float>()));
    }

    [Fact]
    public void Of_AnyNumberOfThreads_SameBits()
    {
        using var scope = NewDisposeScope();
        var (inputs, gradient) = Random(40, 16, 16);
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            var one = Run(inputs, gradient, CausalAttention.Of);
            set_num_threads(3);
            var three = Run(inputs, gradient, CausalAttention.Of);
            Assert.All(one.Zip(three), pair =>
                Assert.Equal(pair.First.cpu().contiguous().data<float>().ToArray(), pair.Second.contiguous().data<float>().ToArray()));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Of_NaNInAnInput_GivesNaN(int which)
    {
        using var scope = NewDisposeScope();
        var (inputs, _) = Random(20, 8, 8);
        using (no_grad())
            inputs[which][1, 2, 7, 3] = float.NaN;
        var output = CausalAttention.Of(inputs[0], inputs[1], inputs[2]).detach();
        Assert.True(float.IsNaN(output[1, 2].sum().item<float>()));
        Assert.True(float.IsFinite(output[0].sum().item<float>()));
    }

    [Fact]
    public void Of_LargeScores_StaysFinite()
    {
        using var scope = NewDisposeScope();
        var (inputs, gradient) = Random(30, 16, 16);
        Tensor[] large = [inputs[0].Times(300), inputs[1].Times(300), inputs[2]];
        var expected = Run(large, gradient, (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v, null, 0, true));
        var actual = Run(large, gradient, CausalAttention.Of);
        foreach (var (one, other) in expected.Zip(actual))
            Assert.True((one - other).norm().item<float>() <= 1e-3 * (1 + one.norm().item<float>()));
    }

    private static (Tensor[] Inputs, Tensor Gradient) Random(int length, int queryWidth, int valueWidth)
    {
        using var random = new Generator(1);
        Tensor Draw(int width) => randn([2, length, 3, width], generator: random).transpose(1, 2);
        return ([Draw(queryWidth), Draw(queryWidth), Draw(valueWidth)], Draw(valueWidth));
    }

    private static Tensor[] Run(Tensor[] inputs, Tensor gradient, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        Tensor[] leaves = [.. inputs.Select(input => input.detach().clone().requires_grad_(true))];
        var output = attend(leaves[0], leaves[1], leaves[2]);
        output.backward([gradient]);
        return [output.detach(), .. leaves.Select(leaf => leaf.grad!)];
    }
}
