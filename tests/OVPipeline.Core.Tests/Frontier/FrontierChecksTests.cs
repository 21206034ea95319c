using Xunit;

namespace OVPipeline.Core.Tests.Frontier;

public sealed class FrontierChecksTests
{
    private const int V = 1000;
    private static readonly double s_chance = Math.Log(V);
    private static readonly FrontierPoint s_head = new("head 0.2", 8, 3, 4);

    [Theory]
    [InlineData(8, 3.0, 4.0, null)]                       // as good as the head
    [InlineData(8, 3.0, 4.0099, null)]                    // within the last decimal that is shown
    [InlineData(8, 3.0, 4.0101, "4.010, is above 4.000, which head 0.2 has")]
    [InlineData(12, 3.0, 4.5, "4.500, is above 4.000, which head 0.2 has")] // the head is of lower rank
    [InlineData(12, 9.0, 4.5, "4.500, is above 4.000, which head 0.2 has")] // and of smaller norm
    [InlineData(8, null, 4.5, "4.500, is above 4.000, which head 0.2 has")] // a free fit has any norm
    [InlineData(7, 3.0, 4.5, null)]                       // the head is no circuit of rank 7
    [InlineData(7, 3.0, 6.92, "6.920, is above 6.908, which chance has")]
    [InlineData(7, 3.0, 6.91, null)]
    [InlineData(8, 1.5, 5.46, null)]                      // half the head: (6.908 + 4) / 2 = 5.454
    [InlineData(8, 1.5, 5.47, "5.470, is above 5.454, which head 0.2 has at most when it is scaled to that norm")]
    [InlineData(8, 3.0, double.NaN, "its log-loss is not finite")]
    public void Check_Fit_IsNoWorseThanWhatItCouldBe(int rank, double? norm, double loss, string? reason)
    {
        var fit = new FrontierPoint("the fit", rank, norm ?? 100, loss) { MostNorm = norm };
        var failed = FrontierChecks.Check(fit, [s_head, fit], V);
        Assert.Equal(reason is null, failed is null);
        Assert.Contains(reason ?? "", failed?.Reason ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SeveralCircuits_NamesTheBest()
    {
        var fit = new FrontierPoint("the fit", 8, 3, 5) { MostNorm = 3 };
        Assert.Contains(
            "3.500, which a fit of rank 4 has",
            FrontierChecks.Check(fit, [s_head, new("a fit of rank 4", 4, 3, 3.5), new("another", 2, 3, 3.6)], V)!.Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_FitThatSaysSo_IsNamed()
    {
        var fit = new FrontierPoint("the fit", 8, 3, 3.9) { MostNorm = 3, NotConverged = "it is 0.02 from stationary" };
        Assert.Equal("did not converge: it is 0.02 from stationary", FrontierChecks.Check(fit, [s_head], V)!.Reason);
        Assert.Contains("is above 4.000", FrontierChecks.Check(fit with { LogLoss = 4.2 }, [s_head], V)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Reason_LossesThatLookAlike_HaveMoreDecimals() =>
        Assert.Contains("4.00042, is above 4.00039, which",
            new FailedCheck(s_head with { LogLoss = 4.00042 }, "chance has", 4.00039).Reason, StringComparison.Ordinal);

    // The bound itself, against the loss of a scaled circuit.
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(2.0)]
    public void Bound_ScaledCircuit_IsNotBelowItsLoss(double share)
    {
        var model = AttentionModel.Create();
        var own = model.OVCircuit(new(1, 0));
        double norm = own.FrobeniusNorm(), chance = Math.Log(AttentionModel.V);
        double bound = FrontierChecks.Bound(new("own", own.Rank, norm, Loss(1)), own.Rank, share * norm, chance)!.Value;
        Assert.True(Loss(Math.Min(1, share)) <= bound + 1e-6, $"{Loss(share)} is above {bound}.");
        Assert.Null(FrontierChecks.Bound(new("own", own.Rank, norm, Loss(1)), own.Rank - 1, norm, chance));

        double Loss(double scale)
        {
            var scaled = new FactoredMatrix(Matrix.Create(own.A.Rows, own.A.Columns, (i, k) => (float)(scale * own.A[i, k])), own.B);
            return CpuEngine.Shared.ScoreVocabulary(
                TokenCircuit.FromResidual(model, "scaled", scaled), new() { LabelLogLoss = true }).LabelLogLosses.Average();
        }
    }

    [Theory]
    [InlineData(0.5, 2, 1, 0.25)]
    [InlineData(0, 2, 1, 0.0)]
    [InlineData(2, 2, 1, 1.0)]
    [InlineData(2.1, 2, 1, null)]
    [InlineData(-0.1, 2, 1, null)]
    [InlineData(0.5, 1, 1, 0.5)]
    [InlineData(0.5, 0.99, 1, null)] // no share of what cannot be told from zero
    [InlineData(0, 0, 0, null)]
    [InlineData(-1, -2, -3, null)]
    [InlineData(double.NaN, 2, 1, null)]
    public void Share_OfAWhole_IsInTheUnitIntervalOrNone(double part, double whole, double least, double? share) =>
        Assert.Equal(share, FrontierChecks.Share(part, whole, least));
}
