using System.Numerics;
using Xunit;

namespace OVPipeline.Core.Tests.Kernels;

/// <summary>Each bound against what it bounds, in exact arithmetic: a bound that is too small by any factor is no bound.</summary>
public sealed class ErrorBoundTests
{
    private const double SingleUnit = 1.0 / (1 << 24), DoubleUnit = 1.0 / (1L << 53);

    // The bounds' own slack, and no more than that: they are also as tight as they say.
    private const double Loose = 1 + 1e-8;

    public static TheoryData<int> Depths => [1, 2, 3, 31, 64, 1024, 4096];

    [Theory, MemberData(nameof(Depths))]
    public void Double_AnyDepth_IsJustAboveTermsTimesUnit(int depth) =>
        AssertJustAbove(depth * DoubleUnit, ErrorBound.Double(depth));

    [Theory, MemberData(nameof(Depths))]
    public void Single_AnyDepth_IsJustAboveUnitAndItsSecondOrder(int depth)
    {
        AssertJustAbove(SingleUnit * (1 + 2 * depth * SingleUnit), ErrorBound.Single(depth));
        AssertJustAbove(2 * SingleUnit * (1 + 2 * (depth + 1) * SingleUnit), ErrorBound.Single(depth, isFused: false));
    }

    [Theory, MemberData(nameof(Depths))]
    public void SingleInAnyOrder_AnyDepth_IsJustAboveGamma(int depth) =>
        AssertJustAbove(depth * SingleUnit / (1 - depth * SingleUnit), ErrorBound.SingleInAnyOrder(depth));

    [Theory]
    [InlineData(1), InlineData(4096), InlineData(1L << 40), InlineData(1L << 52)]
    public void DoubleInAnyOrder_AnyNumber_IsJustAboveGamma(long operations) =>
        AssertJustAbove(operations * DoubleUnit / (1 - operations * DoubleUnit), ErrorBound.DoubleInAnyOrder(operations));

    [Theory, MemberData(nameof(Depths))]
    public void Underflow_AnyDepth_IsTheSmallestNumberForEachTerm(int depth) =>
        Assert.Equal(depth * Math.Pow(2, -149), ErrorBound.Underflow(depth));

    // A sum of products of numbers that may be flushed: each factor and each product is off by at most the smallest normal number.
    [Theory, InlineData(1, 0.5, 2.0), InlineData(64, 3.0, 0.25), InlineData(100, 0.0, 0.0)]
    public void Flushed_AnyNorms_IsTwiceTheSmallestNormalForEachTermAndFactor(int depth, double h, double g)
    {
        double smallest = Math.Pow(2, -126);
        Assert.Equal(2 * smallest * (Math.Sqrt(depth) * (h + g) + 2 * depth), ErrorBound.Flushed(depth, h, g), 1e-50);
    }

    [Fact]
    public void Norm_AnySquares_IsNotBelowTheRoot()
    {
        for (int i = 1; i < 1000; i++)
        {
            double squares = i / 7.0, norm = ErrorBound.Norm(squares);
            Assert.True(Exact(norm) * Exact(norm) >= Exact(squares) << Shift, $"{norm} is below the root of {squares}");
            AssertJustAbove(Math.Sqrt(squares), norm);
        }
    }

    private const int Shift = 80;

    // A number of ordinary size as an integer, times 2^80.
    private static BigInteger Exact(double value) => new BigInteger(Math.ScaleB(value, 60)) << (Shift - 60);

    private static void AssertJustAbove(double exact, double bound) => Assert.InRange(bound, Math.BitIncrement(exact), Loose * exact);
}
