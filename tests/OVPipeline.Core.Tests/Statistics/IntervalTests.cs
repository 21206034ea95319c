using Xunit;

namespace OVPipeline.Core.Tests.Statistics;

public sealed class IntervalTests
{
    [Theory] // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_NewcombesExamples_AgreesWithTheTable(long successes, long total, double low, double high)
    {
        var interval = WilsonInterval.Of(successes, total);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void Wilson_AllSuccesses_MirrorsNone()
    {
        Assert.Equal(1 - WilsonInterval.Of(0, 20).High, WilsonInterval.Of(20, 20).Low, 1e-12);
        Assert.Equal(1, WilsonInterval.Of(20, 20).High);
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(1, 2, level: 1));
    }

    [Fact]
    public void Mean_SleepData_AgreesWithStudent()
    {
        // Student (1908): additional hours of sleep under two drugs, their differences; the interval is the one R's manual of t.test gets.
        var interval = MeanInterval.Of([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]);
        Assert.Equal(1.58, interval.Estimate, 1e-12);
        Assert.Equal(0.7001142, interval.Low, 1e-6);
        Assert.Equal(2.4598858, interval.High, 1e-6);
    }

    [Fact]
    public void Mean_Splits_IsWiderByTheOverlap()
    {
        double[] values = [0.1, 0.2, 0.15, 0.12, 0.18];
        ConfidenceInterval plain = MeanInterval.Of(values), splits = MeanInterval.OfSplits(values, 0.2);
        Assert.Equal(Math.Sqrt((0.2 + 0.25) / 0.2), (splits.High - splits.Low) / (plain.High - plain.Low), 1e-12);
        Assert.Throws<ArgumentException>(() => MeanInterval.Of([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => MeanInterval.OfSplits(values, 1));
    }

    [Fact]
    public void Holm_FourTests_AgreesWithTheStepDownRule()
    {
        // Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, each at least the one before.
        var adjusted = HolmCorrection.Adjust([0.01, 0.04, 0.03, 0.005]);
        foreach (var (expected, actual) in new[] { 0.03, 0.06, 0.06, 0.02 }.Zip(adjusted))
            Assert.Equal(expected, actual, 1e-12);
        Assert.Equal([1], HolmCorrection.Adjust([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => HolmCorrection.Adjust([double.NaN]));
    }
}
