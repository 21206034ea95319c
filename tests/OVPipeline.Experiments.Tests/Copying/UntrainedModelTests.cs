using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class UntrainedModelTests
{
    [Fact]
    public void Like_Model_IsNoiseOfItsShapeAndScale()
    {
        var trained = TinyModel.Create(500, 16, 1, 2, 8);
        var untrained = UntrainedModel.Like(trained, 4);
        var head = new HeadIndex(0, 1);
        Assert.Equal(trained.Weights.Config, untrained.Weights.Config);
        Assert.Equal(Scale(trained.Weights.W_E), Scale(untrained.Weights.W_E), 0.02);
        Assert.Equal(Scale(trained.Weights.W_O(head)), Scale(untrained.Weights.W_O(head)), 0.1);
        Assert.NotEqual(trained.Weights.W_E.Row(7).ToArray(), untrained.Weights.W_E.Row(7).ToArray());
        Assert.Equal(untrained.Weights.W_U.Row(3).ToArray(), UntrainedModel.Like(trained, 4).Weights.W_U.Row(3).ToArray());
        Assert.NotEqual(untrained.Weights.W_U.Row(3).ToArray(), UntrainedModel.Like(trained, 5).Weights.W_U.Row(3).ToArray());
    }

    private static double Scale(Matrix matrix) => Math.Sqrt(matrix.Values.ToArray().Average(value => value * (double)value));
}
