using System.Text.Json;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class StoredPairTests
{
    [Fact]
    public void ToFactors_ThroughJson_IsThePairBitForBit()
    {
        var left = Matrix.Create(5, 2, (i, k) => MathF.PI * (i + 1) / (k + 3));
        var pair = new FactoredMatrix(left, Matrix.Create(2, 5, (k, i) => 1e-30f * (k - i)));
        string json = JsonSerializer.Serialize(StoredPair.Of(pair), ReportDocument.Json);
        var back = JsonSerializer.Deserialize<StoredPair>(json, ReportDocument.Json)!.ToFactors();
        Assert.Equal(pair.A.Values.ToArray(), back.A.Values.ToArray());
        Assert.Equal(pair.B.Values.ToArray(), back.B.Values.ToArray());
        Assert.Equal((5, 2, 5), (back.Rows, back.Rank, back.Columns));
    }
}
