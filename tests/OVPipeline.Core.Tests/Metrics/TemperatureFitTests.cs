using Xunit;

namespace OVPipeline.Core.Tests.Metrics;

public sealed class TemperatureFitTests
{
    // Above 8,192 rows, where samples lead to the one pass over all of them.
    private const int V = 600, Many = 12_000;

    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    [InlineData(20)]
    public void Fit_ManyRows_IsTheMinimumInAPassAndTwo(double scale)
    {
        var (columns, rows, labels) = Problem(scale, noise: 0.3f);
        var engine = new Counting();
        var fit = TemperatureFit.Fit(engine, columns, rows, labels, TestContext.Current.CancellationToken);
        // The minimum over all rows, by thirds of an interval around it.
        double low = 0.8 * fit.InverseTemperature, high = 1.25 * fit.InverseTemperature;
        while (high - low > 1e-4 * high)
        {
            double a = low + (high - low) / 3, b = high - (high - low) / 3;
            (low, high) = Loss(a) < Loss(b) ? (low, b) : (a, high);
        }
        Assert.InRange(fit.InverseTemperature / low, 1 - 1e-3, 1 + 1e-3);
        Assert.InRange(fit.LogLoss, Loss(low) - 1e-6, Loss(low) + 1e-6);
        Assert.InRange(engine.Rows, Many, Many + 10 * 512 + 5 * 2048);

        double Loss(double beta)
        {
            var scores = new ScoredRows(new() { LabelLogLoss = true, InverseTemperature = beta }, Many, V);
            CpuEngine.Shared.Score(columns, rows, labels, scores, TestContext.Current.CancellationToken);
            return scores.LabelLogLosses.Average();
        }
    }

    [Theory]
    [InlineData(0.05, 0)]
    [InlineData(20, 0)]
    [InlineData(-1, Many)] // no pass of the fit has all rows
    public void Evaluate_ManyRows_IsTheFitAndTheScoresInOnePass(double scale, int moreRows)
    {
        var (columns, rows, labels) = Problem(scale, noise: 0.3f);
        foreach (IScoringEngine engine in new IScoringEngine[] { CpuEngine.Shared, new Counting() })
        {
            var natural = new NaturalScores(Many);
            var fit = TemperatureFit.Evaluate(engine, columns, rows, labels, natural, TestContext.Current.CancellationToken);
            Assert.Equal(TemperatureFit.Fit(CpuEngine.Shared, columns, rows, labels, TestContext.Current.CancellationToken), fit);
            var plain = new ScoredRows(new() { LabelRank = true, LabelLogLoss = true }, Many, V);
            CpuEngine.Shared.Score(columns, rows, labels, plain, TestContext.Current.CancellationToken);
            Assert.Equal(plain.LabelRanks, natural.Ranks);
            for (int i = 0; i < Many; i++)
                Assert.Equal(plain.LabelLogLosses[i], natural.LogLosses[i], 1e-6 * Math.Max(1, plain.LabelLogLosses[i]));
        }
        var counting = new Counting();
        TemperatureFit.Fit(counting, columns, rows, labels, TestContext.Current.CancellationToken);
        int alone = counting.Rows;
        TemperatureFit.Evaluate(counting, columns, rows, labels, new(Many), TestContext.Current.CancellationToken);
        Assert.Equal(Many, counting.Rows - (2 * alone)); // an engine of others has no second exponential
        Assert.True(moreRows == 0 || alone == 0, "A fit without a minimum needs no pass.");
    }

    [Fact]
    public void Fit_ManyRowsOfTheRightLabels_GoesOnUntilNothingIsLost()
    {
        var (columns, rows, labels) = Problem(1, noise: 0);
        var fit = TemperatureFit.Fit(CpuEngine.Shared, columns, rows, labels, TestContext.Current.CancellationToken);
        Assert.InRange(fit.LogLoss, 0, 1e-9);
    }

    [Fact]
    public void Fit_LabelsBelowAverage_IsZero()
    {
        var (columns, rows, labels) = Problem(-1, noise: 0.3f);
        var fit = TemperatureFit.Fit(CpuEngine.Shared, columns, rows, labels, TestContext.Current.CancellationToken);
        Assert.Equal(new(0, Math.Log(V)), fit);
    }

    // Rows that point to their labels' columns, which have length 1, scaled and with noise.
    private static (OutputColumns Columns, float[] Rows, int[] Labels) Problem(double scale, float noise)
    {
        const int Rank = 24;
        var directions = TestMatrices.Random(Rank, V, 1);
        double[] lengths = [.. Enumerable.Range(0, V).Select(Length)];
        var g = Matrix.Create(Rank, V, (k, j) => (float)(directions[k, j] / lengths[j]));
        var random = TestMatrices.Random(Many, Rank, 2);
        int[] labels = [.. Enumerable.Range(0, Many).Select(i => i * 7 % V)];
        var rows = Matrix.Create(Many, Rank, (i, k) => (float)scale * (g[k, labels[i]] + noise * random[i, k]));
        return (new(g), rows.Data, labels);

        double Length(int column) => Math.Sqrt(Enumerable.Range(0, Rank).Sum(k => Math.Pow(directions[k, column], 2)));
    }

    private sealed class Counting : IScoringEngine
    {
        public int Rows { get; private set; }

        public int PreferredRows => 1000;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            Rows += labels.Length;
            CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
        }
    }
}
