using Xunit;

namespace OVPipeline.Core.Tests.Statistics;

public sealed class BlockBootstrapTests
{
    private const int Runs = 300;

    private static double Mean(IReadOnlyList<double> values) => values.Average();

    [Fact]
    public void OfBlocks_BooksThatDiffer_CoversAtAboutItsLevel()
    {
        // 40 books of 25 texts; a text's loss is its book's level plus its own noise. True mean 0.
        double covered = Coverage(random =>
        {
            double[][] books = [.. Enumerable.Range(0, 40).Select(_ => Book(Normal(random)))];
            double[] Book(double level) => [.. Enumerable.Range(0, 25).Select(_ => level + Normal(random))];
            return BlockBootstrap.OfBlocks(books, drawn => drawn.Average(book => book.Average()), samples: 400, seed: random.Next());
        });
        Assert.InRange(covered, 0.90, 0.98);
    }

    [Fact]
    public void OfStrata_BooksThatDiffer_CoversForTheseBooksWhereOneStratumIsTooWide()
    {
        // 4 books with levels of their own, 15 stretches each: for these books the true mean is 0, and the levels do not vary.
        double[] levels = [-6, -2, 2, 6];
        double[][] Books(Random random) =>
            [.. levels.Select(level => Enumerable.Range(0, 15).Select(_ => level + Normal(random)).ToArray())];
        double covered = Coverage(random => BlockBootstrap.OfStrata<double>(Books(random), Mean, samples: 400, seed: random.Next()));
        Assert.InRange(covered, 0.89, 0.98);
        var books = Books(new Random(3));
        var (within, across) = (BlockBootstrap.OfStrata<double>(books, Mean),
            BlockBootstrap.OfBlocks([.. books.SelectMany(book => book)], Mean));
        Assert.Equal(across.Estimate, within.Estimate, 1e-12);
        Assert.True(across.High - across.Low > 3 * (within.High - within.Low), $"{across} against {within}");
    }

    [Fact]
    public void OfStrata_NothingToVaryOver_IsRefused()
    {
        var ones = Assert.Throws<ArgumentException>(() => BlockBootstrap.OfStrata<double>([[1.0], [2.0]], Mean));
        Assert.Contains("strata of 1, 1 blocks", ones.Message, StringComparison.Ordinal);
        var none = Assert.Throws<ArgumentException>(() => BlockBootstrap.OfStrata<double>([[1.0, 2, 3], []], Mean));
        Assert.Contains("strata of 3, 0 blocks", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Moving_CorrelatedSeries_CoversWhereSingleItemsDoNot()
    {
        // An autoregression with coefficient 0.7: neighbours agree, and single items overstate how much is known.
        double[] Series(Random random)
        {
            var series = new double[600];
            for (int i = 0; i < series.Length; i++)
                series[i] = 0.7 * (i == 0 ? 0 : series[i - 1]) + Normal(random);
            return series;
        }
        double blocks = Coverage(random => BlockBootstrap.Moving(Series(random), 25, Mean, samples: 300, seed: random.Next()));
        double items = Coverage(random => BlockBootstrap.Moving(Series(random), 1, Mean, samples: 300, seed: random.Next()));
        Assert.InRange(blocks, 0.87, 0.97);
        Assert.InRange(items, 0.3, 0.75);
    }

    [Fact]
    public void OfBlocks_SameSeed_SameInterval()
    {
        double[] blocks = [1, 2, 3, 4, 9];
        Assert.Equal(BlockBootstrap.OfBlocks(blocks, Mean, seed: 4), BlockBootstrap.OfBlocks(blocks, Mean, seed: 4));
        Assert.NotEqual(BlockBootstrap.OfBlocks(blocks, Mean, seed: 4), BlockBootstrap.OfBlocks(blocks, Mean, seed: 5));
        Assert.Equal(3.8, BlockBootstrap.OfBlocks(blocks, Mean).Estimate, 1e-12);
    }

    [Fact]
    public void Moving_Series_DrawsStretchesInOrder()
    {
        int[] series = [.. Enumerable.Range(0, 50)];
        BlockBootstrap.Moving(series, 10, drawn =>
        {
            Assert.Equal(50, drawn.Count);
            for (int i = 0; i < 50; i++)
                Assert.True(i % 10 == 0 || drawn[i] == drawn[i - 1] + 1, "A stretch is out of order.");
            return 0;
        }, samples: 20);
    }

    [Fact]
    public void OfBlocks_ManyResamples_DrawEveryBlockAboutAsOften()
    {
        int[] drawn = new int[5];
        BlockBootstrap.OfBlocks<int>([0, 1, 2, 3, 4], sample => Count(sample, drawn), samples: 1000);
        Assert.All(drawn, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void OfStrata_ManyResamples_DrawEveryBlockOfItsStratumAboutAsOften()
    {
        int[] drawn = new int[6];
        BlockBootstrap.OfStrata<int>([[0], [1, 2], [3, 4, 5]], sample =>
        {
            Assert.Equal(0, sample[0]);
            Assert.All(sample.Skip(1).Take(2), block => Assert.InRange(block, 1, 2));
            Assert.All(sample.Skip(3), block => Assert.InRange(block, 3, 5));
            return Count(sample, drawn);
        }, samples: 1000);
        Assert.Equal(1001, drawn[0]);
        Assert.All(drawn[1..], count => Assert.InRange(count, 880, 1120));
    }

    [Fact]
    public void Moving_ManyResamples_StartAtEveryPlaceAboutAsOften()
    {
        int[] starts = new int[7]; // of stretches of 4 in a series of 10
        bool isFirst = true;
        BlockBootstrap.Moving([.. Enumerable.Range(0, 10)], 4, sample =>
        {
            if (!isFirst)
                starts[sample[0]]++;
            isFirst = false;
            return 0;
        }, samples: 1400);
        Assert.All(starts, count => Assert.InRange(count, 150, 250));
    }

    [Fact]
    public void Percentiles_EvenlySpreadFigures_LieBetweenTheTwoNextToThem()
    {
        // The estimate, then the figures 0 to 100: a share q of them lies at 100 q.
        double next = -1;
        var interval = BlockBootstrap.OfBlocks([0, 1], _ => next++, samples: 101, level: 0.75);
        Assert.Equal((-1, 12.5, 87.5, 0.75), (interval.Estimate, interval.Low, interval.High, interval.Level));
    }

    [Fact]
    public void BadArguments_AreNamed()
    {
        var single = Assert.Throws<ArgumentException>(() => BlockBootstrap.OfBlocks([1.0], Mean));
        Assert.Contains("was given 1", single.Message, StringComparison.Ordinal);
        var stretch = Assert.Throws<ArgumentOutOfRangeException>(() => BlockBootstrap.Moving([1.0, 2, 3, 4], 3, Mean));
        Assert.Contains("[1, 2]", stretch.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockBootstrap.OfBlocks([1.0, 2], Mean, level: 0));
    }

    private static double Count(IReadOnlyList<int> sample, int[] drawn)
    {
        foreach (int block in sample)
            drawn[block]++;
        return 0;
    }

    private static double Coverage(Func<Random, ConfidenceInterval> interval)
    {
        var random = new Random(11);
        return Enumerable.Range(0, Runs).Count(_ => interval(random) is { Low: <= 0, High: >= 0 }) / (double)Runs;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    // Of resamples 0, 10 and 20 the 2.5 % quantile lies 0.05, the 97.5 % quantile 1.95 steps from the lowest.
    [Fact]
    public void OfBlocks_FewResamples_InterpolatesBetweenThem()
    {
        var given = new Queue<double>([7, 10, 20, 0]);
        var interval = BlockBootstrap.OfBlocks<double>([1, 2], _ => given.Dequeue(), samples: 3);
        Assert.Equal([7, 0.5, 19.5], new[] { interval.Estimate, interval.Low, interval.High }.Select(value => Math.Round(value, 12)));
    }
}
