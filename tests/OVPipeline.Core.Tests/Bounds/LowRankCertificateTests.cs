using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The bound from a gradient: each of its terms, and what is taken off for rounding.</summary>
public class LowRankCertificateTests
{
    private static readonly Matrix s_map = new(2, 2, [1, 2, -3, 0.5f]);

    // Of singular values 2 and 0.25.
    private static readonly CertifiedGradient s_at = new(9, 0, [0, 2, -0.25, 0], 0);

    [Theory]
    [InlineData(1, 0.5, 0, 0), InlineData(2, 1.25, 0, 0), InlineData(1, 0.5, 0.125, 0), InlineData(2, 0.5, 0, 0.25)]
    [InlineData(2, 1.5, 0.5, 0.125)]
    public void Of_KnownGradient_IsLossLessProductLessDualNormLessErrors(int rank, double norm, double lossError, double gradientError)
    {
        double top = rank == 1 ? 2 : Math.Sqrt(4 + 0.0625), inner = (2 * 2) + (-0.25 * -3);
        double rounding = lossError + (gradientError * (Math.Sqrt(1 + 4 + 9 + 0.25) + norm));
        var certificate = LowRankCertificate.Of(s_at with { LossError = lossError, GradientError = gradientError }, 3, s_map, rank, norm);
        Assert.Equal(rounding, certificate.Rounding, 1e-5);
        Assert.Equal(9 - inner - (norm * top) - rounding, certificate.Bound, 1e-5);
        Assert.True(certificate.Bound <= 9 - inner - (norm * top) - rounding);
        Assert.Equal(9, certificate.Loss);
    }

    [Fact]
    public void Of_NoErrors_TakesOffItsOwnRoundings()
    {
        double unit = 1.0 / (1L << 53), bound = 9 - 4.75 - 1, parts = 9 + (4 + 0.75) + 1;
        Assert.Equal((12 * parts) + (7 * bound), LowRankCertificate.Of(s_at, 3, s_map, 1, 0.5).Rounding / unit, 0.01);
        double many = LowRankCertificate.Of(s_at, int.MaxValue - 4, s_map, 1, 0.5).Rounding;
        Assert.Equal(int.MaxValue * unit * bound, many, 1e-3 * many);
        // Where products cancel it is their magnitudes that count, and a loss counts whatever its sign.
        var cancelling = new CertifiedGradient(-2, 0, [3, 0, 1, 0], 0);
        Assert.Equal((12 * (2 + 6 + Math.Sqrt(10))) + (7 * (2 + Math.Sqrt(10))),
            LowRankCertificate.Of(cancelling, 3, s_map, 1, 1).Rounding / unit, 0.01);
    }

    [Fact]
    public void Of_BoundBelowZeroOrNoNumber_IsZero()
    {
        Assert.Equal(0, LowRankCertificate.Of(s_at, 1, s_map, 1, 100).Bound);
        Assert.Equal(0, LowRankCertificate.Of(s_at with { LossError = double.PositiveInfinity }, 1, s_map, 1, 1).Bound);
        Assert.Equal(0, LowRankCertificate.Of(s_at with { GradientError = double.NaN }, 1, s_map, 1, 1).Bound);
        Assert.Equal(0, LowRankCertificate.Of(s_at with { Loss = double.NaN }, 1, s_map, 1, 1).Bound);
    }

    [Fact]
    public void At_AnyMatrix_IsTheInequalityOfConvexFunctions()
    {
        var problem = FitProblem.Create(TestMatrices.Random(7, 3, 1), TestMatrices.Random(3, 7, 2), FitExamples.Copying(7));
        for (int seed = 0; seed < 50; seed++)
        {
            var at = TestMatrices.Random(3, 3, seed);
            var gradient = CertifiedGradient.At(problem, at, default);
            var pair = new FactoredMatrix(TestMatrices.Random(3, 1, seed + 100), TestMatrices.Random(1, 3, seed + 200));
            var map = MatrixProduct.Multiply(pair.A, pair.B);
            double norm = CertifiedGradient.Norm(map.Values);
            double loss = CertifiedGradient.At(problem, map, default).Loss;
            Assert.True(LowRankCertificate.At(problem, at, 1, norm).Bound <= loss);
            Assert.Equal(gradient.Loss, LowRankCertificate.At(problem, at, 1, norm).Loss);
        }
    }
}
