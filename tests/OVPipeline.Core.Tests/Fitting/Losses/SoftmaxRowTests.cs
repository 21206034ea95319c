using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace OVPipeline.Core.Tests;

public class SoftmaxRowTests
{
    [Theory]
    [InlineData(1), InlineData(15), InlineData(16), InlineData(17), InlineData(1000), InlineData(100_003)]
    public void Exponentiate_AnyArithmetic_HasTheSameBits(int columns)
    {
        var random = new Random(columns);
        foreach (bool weighted in new[] { false, true })
        {
            float[] logits = Row(20), weights = Row(3), vectors = [.. logits], fours = [.. logits], pairs = [.. logits], ones = [.. logits];

            var expected = SoftmaxRow.OnVectors(vectors, weighted ? weights : null);

            Assert.Equal(expected, SoftmaxRow.Emulated<Vector128<double>, Emulated128>(pairs, weighted ? weights : null));
            Assert.Equal(expected, SoftmaxRow.Emulated<double, EmulatedScalar>(ones, weighted ? weights : null));
            Assert.Equal(vectors, pairs);
            if (Avx.IsSupported)
            {
                Assert.Equal(expected, SoftmaxRow.Emulated<Vector256<double>, Emulated256>(fours, weighted ? weights : null));
                Assert.Equal(vectors, fours);
            }
            Assert.Equal(vectors, ones);
            Assert.InRange(vectors.Max(), 1 - 1e-6f, 1 + 1e-6f);
            Assert.All(vectors, exp => Assert.True(exp > 0));
        }

        float[] Row(double size) => [.. Enumerable.Range(0, columns).Select(_ => (float)(size * (random.NextDouble() * 4 - 3)))];
    }
}
