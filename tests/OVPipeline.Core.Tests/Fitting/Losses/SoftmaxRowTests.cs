using System.Runtime.Intrinsics;
using Xunit;

namespace OVPipeline.Core.Tests;

public class SoftmaxRowTests
{
    [Theory]
    [InlineData(1), InlineData(15), InlineData(16), InlineData(17), InlineData(1000), InlineData(100_003)]
    public void Exponentiate_AnyLanes_HasTheSameBitsWhereMultiplyAddIsFused(int columns)
    {
        var random = new Random(columns);
        foreach (bool weighted in new[] { false, true })
        {
            float[] logits = Row(20), weights = Row(3), vectors = [.. logits], fours = [.. logits], ones = [.. logits], twice = [.. logits];

            var expected = SoftmaxRow.OnVectors(vectors, weighted ? weights : null);

            Assert.Equal(expected, SoftmaxRow.OnLanes<Vector128<float>, Simd128>(fours, weighted ? weights : null));
            Assert.Equal(expected, SoftmaxRow.OnLanes<float, SimdScalar>(ones, weighted ? weights : null));
            Assert.Equal(vectors, fours);
            Assert.Equal(vectors, ones);
            var (shift, sum) = SoftmaxRow.OnLanes<Vector128<float>, Simd128Unfused>(twice, weighted ? weights : null);
            Assert.Equal(expected.Shift, shift);
            Assert.Equal(expected.Sum, sum, 1e-6 * expected.Sum);
            Assert.All(vectors.Zip(twice), pair => Assert.Equal(pair.First, pair.Second, 1e-6f * pair.First));
            Assert.InRange(vectors.Max(), 1 - 1e-6f, 1 + 1e-6f);
            Assert.All(vectors, exp => Assert.True(exp > 0));
        }

        float[] Row(double size) => [.. Enumerable.Range(0, columns).Select(_ => (float)(size * (random.NextDouble() * 4 - 3)))];
    }
}
