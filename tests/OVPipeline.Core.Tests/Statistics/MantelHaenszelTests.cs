using Xunit;

namespace OVPipeline.Core.Tests.Statistics;

public sealed class MantelHaenszelTests
{
    // Admission by sex in six departments (Bickel, Hammel and O'Connell 1975), as R's manual of mantelhaen.test analyses UCBAdmissions.
    private static readonly ContingencyTable[] s_berkeley =
        [new(512, 313, 89, 19), new(353, 207, 17, 8), new(120, 205, 202, 391), new(138, 279, 131, 244), new(53, 138, 94, 299),
            new(22, 351, 24, 317)];

    // Success of a treatment in eight centres: Agresti, Categorical Data Analysis (2002), section 6.3, table 6.9.
    private static readonly ContingencyTable[] s_centres =
        [new(11, 25, 10, 27), new(16, 4, 22, 10), new(14, 5, 7, 12), new(2, 14, 1, 16), new(6, 11, 0, 12), new(1, 10, 0, 10),
            new(1, 4, 1, 8), new(4, 2, 6, 1)];

    [Fact]
    public void Of_UcbAdmissions_AgreesWithR()
    {
        var result = MantelHaenszel.Of(s_berkeley);
        Assert.Equal(0.9046968, result.OddsRatio.Estimate, 1e-7);
        Assert.Equal(0.7719074, result.OddsRatio.Low, 1e-7);
        Assert.Equal(1.0603298, result.OddsRatio.High, 1e-7);
        Assert.Equal(1.4269, result.ChiSquare, 5e-5);
        Assert.Equal(0.2323, result.PValue, 5e-5);
    }

    [Fact]
    public void Of_AgrestisCentres_AgreesWithTheBook()
    {
        var result = MantelHaenszel.Of(s_centres, continuityCorrection: false);
        Assert.Equal(2.13, result.OddsRatio.Estimate, 0.005);
        Assert.Equal(6.38, result.ChiSquare, 0.005);
        Assert.Equal(0.012, result.PValue, 0.0005);
        // The book's standard error of the log odds ratio is 0.303.
        Assert.Equal(0.303, Math.Log(result.OddsRatio.High / result.OddsRatio.Estimate) / 1.959964, 0.0005);
    }

    [Fact]
    public void Of_OneStratum_IsItsOddsRatio() =>
        Assert.Equal(s_berkeley[2].OddsRatio, MantelHaenszel.Of([s_berkeley[2], default]).OddsRatio.Estimate, 1e-12);

    [Fact]
    public void Of_RowsSwapped_IsTheReciprocal()
    {
        var swapped = s_centres.Select(t => new ContingencyTable(t.OnlySecond, t.Neither, t.Both, t.OnlyFirst)).ToArray();
        var (there, back) = (MantelHaenszel.Of(s_centres), MantelHaenszel.Of(swapped));
        Assert.Equal(1 / there.OddsRatio.Estimate, back.OddsRatio.Estimate, 1e-12);
        Assert.Equal(1 / there.OddsRatio.Low, back.OddsRatio.High, 1e-12);
        Assert.Equal(there.ChiSquare, back.ChiSquare, 1e-12);
    }

    [Fact]
    public void Of_NothingVaries_IsUndefined()
    {
        var result = MantelHaenszel.Of([new(5, 0, 7, 0)]);
        Assert.True(double.IsNaN(result.ChiSquare) && double.IsNaN(result.PValue) && double.IsNaN(result.OddsRatio.Estimate));
        Assert.Throws<ArgumentOutOfRangeException>(() => MantelHaenszel.Of([new(-1, 0, 0, 0)]));
    }

    [Fact]
    public void ContingencyTable_OfProperties_CountsUnits()
    {
        Assert.Equal(new ContingencyTable(1, 2, 1, 1),
            ContingencyTable.Of([true, true, true, false, false], [true, false, false, true, false]));
        Assert.Throws<ArgumentException>(() => ContingencyTable.Of([true], []));
    }
}
