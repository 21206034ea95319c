using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class CopyingMeasureTests
{
    [Fact]
    public void ByFrequency_Circuit_WeightsTokensByTheirCounts()
    {
        var model = TinyModel.Create(20, 6, 1, 1, 6);
        var ml = new MLContext(1);
        var measure = new CopyingMeasure(ml, model, ml.Data.LoadVocabulary(model));
        var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(0, 0));
        double top1 = measure.Circuit(CircuitKind.Head, "x", circuit).Top1;
        Assert.InRange(top1, 0.05, 0.95);
        Assert.Equal(top1, measure.ByFrequency(circuit, new([.. Enumerable.Repeat(7L, 20)], "")), 1e-12);
        double[] alone = [.. Enumerable.Range(0, 20).Select(i => measure.ByFrequency(circuit, Only(i)))];
        Assert.All(alone, share => Assert.True(share is 0 or 1));
        Assert.Equal(top1, alone.Average(), 1e-12);

        static TokenCounts Only(int token) => new([.. Enumerable.Range(0, 20).Select(i => i == token ? 1L : 0)], "");
    }
}
