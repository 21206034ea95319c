using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The ball of the spectral r-support norm, on singular values.</summary>
public class SupportBallTests
{
    [Theory]
    [InlineData(1, 0.7), InlineData(2, 0.7), InlineData(3, 1.5), InlineData(6, 0.2), InlineData(8, 0.9), InlineData(8, 100)]
    public void Project_AnyVector_IsTheNearestPointOfTheHull(int rank, double norm)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            double[] values = Values(random, seed % 3 == 0 ? 3 : 8, 8);
            double[] nearest = SupportBall.Project(values, rank, norm);
            Assert.True(SupportBall.NormSquare(nearest, rank) <= norm * norm * (1 + 1e-9));
            // The rest makes no acute angle with any point of the hull: its generators are vectors of r entries and length c.
            double[] rest = [.. values.Zip(nearest, (value, near) => value - near)];
            double most = norm * Math.Sqrt(rest.Select(r => r * r).OrderDescending().Take(rank).Sum());
            Assert.InRange(rest.Zip(nearest, (r, near) => r * near).Sum(), most - 1e-6, most + 1e-6);
        }
    }

    [Fact]
    public void Project_PointWithin_IsItself()
    {
        double[] values = [0.3, 0, 0.2];
        Assert.Equal(values, SupportBall.Project(values, 1, 0.51));
        Assert.Equal([0, 0.0], SupportBall.Project([0, 0.0], 1, 0.5));
    }

    [Fact]
    public void Project_OfFullRank_ScalesToTheSphere() =>
        Assert.Equal([0.6, 0.8], SupportBall.Project([3, 4], 2, 1).Select(value => Math.Round(value, 9)));

    [Fact]
    public void Project_OfRankOne_ShrinksByOneAmount() => // the ball of the sum of singular values
        Assert.Equal([0.75, 0.25, 0], SupportBall.Project([1, 0.5, 0.1], 1, 1).Select(value => Math.Round(value, 9)));

    [Theory]
    [InlineData(1, 3.5), InlineData(2, 2.5), InlineData(3, 2.2912878)]
    public void NormSquare_KnownVector_IsAsDefined(int rank, double expected) => // [2, 1, 0.5]: sum; 2² + 1.5²; 2² + 1 + 0.25
        Assert.Equal(expected, Math.Sqrt(SupportBall.NormSquare([1, 2, 0.5], rank)), 1e-6);

    private static double[] Values(Random random, int count, int length) =>
        [.. Enumerable.Range(0, length).Select(i => i < count ? Math.Exp(3 * random.NextDouble()) / 5 : 0)];
}
