using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests.Frontier;

public sealed class HalvedCircuitTests
{
    [Theory]
    [InlineData(6, 3, 2.0, 2.0)]
    [InlineData(6, 3, 5.0, 1.0)]
    [InlineData(5, 3, 1.0, 4.0)] // an odd rank
    [InlineData(2, 1, 3.0, 3.0)]
    [InlineData(6, 2, 3.0, 3.0)] // more rank than both have
    public void Of_Circuit_IsWithinBothRanksAndNorms(int rank, int half, double first, double second)
    {
        var random = new Random(3);
        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)(random.NextDouble() - 0.5));
        var circuit = new FactoredMatrix(Noise(9, rank), Noise(rank, 9));
        var (one, other) = HalvedCircuit.Of(circuit, half, first, second);
        Assert.InRange(one.Rank, 1, half);
        Assert.InRange(other.Rank, 1, half);
        Assert.InRange(one.FrobeniusNorm(), 0, first * (1 + 1e-6));
        Assert.InRange(other.FrobeniusNorm(), 0, second * (1 + 1e-6));
        Assert.True(one.FrobeniusNorm() > first * (1 - 1e-6) || other.FrobeniusNorm() > second * (1 - 1e-6), "Both could be larger.");

        // Together they are the circuit, or what both ranks leave of it, but for one scale.
        var sum = FactoredMatrix.Sum(one, other).ToMatrix();
        var whole = circuit.Truncate(Math.Min(2 * half, rank)).ToMatrix();
        double scale = sum.Values.ToArray().Zip(whole.Values.ToArray(), (a, b) => (double)a * b).Sum()
            / whole.Values.ToArray().Sum(value => (double)value * value);
        for (int i = 0; i < sum.Values.Length; i++)
            Assert.Equal(scale * whole.Values[i], sum.Values[i], 1e-4);
    }
}
