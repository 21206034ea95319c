using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class CurvatureScalingTests
{
    [Theory, InlineData(-1, 0), InlineData(0, 0), InlineData(1, 0), InlineData(1, -2), InlineData(-1, double.NaN)]
    public void Ridge_NoCurvature_IsTheMost(double slope, double curvature) => Assert.Equal(100, CurvatureScaling.Ridge(slope, curvature));

    [Theory, InlineData(-3, 2, 1.5), InlineData(-1, 100, 0.1), InlineData(5, 1, 0.1), InlineData(-1000, 1, 100)]
    public void Ridge_Curvature_IsFallOverCurvatureWithinItsEnds(double slope, double curvature, double expected) =>
        Assert.Equal(expected, CurvatureScaling.Ridge(slope, curvature));
}
