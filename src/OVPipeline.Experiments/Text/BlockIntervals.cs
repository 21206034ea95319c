using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Intervals of text figures: bootstrap over blocks of about 2,000 tokens, within each book. None where there are too few blocks to vary
/// over.
/// </summary>
public sealed class BlockIntervals
{
    /// <summary>
    /// Blocks below which no interval is shown. Of n blocks there are C(2n - 1, n) different resamples: 35 of four, too few for ends at
    /// 2.5 %; 126 of five.
    /// </summary>
    public const int FewestBlocks = 5;

    // Each end of a 95 % interval then rests on the 25 resamples beyond it.
    private const int Samples = 1000;

    private readonly int _blocks;
    private readonly int[][] _books;

    /// <summary>Intervals over blocks.</summary>
    /// <param name="books">The book of each block, as <see cref="TextBlocks.Books"/> gives them.</param>
    public BlockIntervals(IReadOnlyList<int> books)
    {
        ArgumentNullException.ThrowIfNull(books);
        _blocks = books.Count;
        _books = [.. Enumerable.Range(0, books.Count).GroupBy(block => books[block]).Select(book => book.ToArray())];
    }

    /// <summary>What varies, for a table.</summary>
    public string Units
    {
        get
        {
            bool several = _books.Length > 1;
            string books = several ? $", {_books.Length} books" : "";
            string within = several ? " within each book: for these books, not for others" : "";
            string ends = HasIntervals ? $"95 % bootstrap over blocks{within}." : "not given for so few.";
            return $"{_blocks} blocks of validation data, about 2,000 tokens to read in each{books}; from and to: {ends}";
        }
    }

    private bool HasIntervals => _blocks >= FewestBlocks && _books.Any(book => book.Length > 1);

    /// <summary>Any figure of blocks.</summary>
    /// <param name="figure">The figure of some blocks, by their 0-based numbers; a resample names a block as often as it holds it.</param>
    /// <returns>The figure of all blocks, with a 95 % interval; its ends are NaN where there are too few blocks.</returns>
    public ConfidenceInterval Of(Func<IReadOnlyList<int>, double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return HasIntervals
            ? BlockBootstrap.OfStrata(_books, figure, Samples)
            : ShownIntervals.None(figure([.. Enumerable.Range(0, _blocks)]));
    }

    /// <summary>The mean of a figure that every block has.</summary>
    /// <param name="values">A figure for each block.</param>
    public ConfidenceInterval Mean(IReadOnlyList<double> values) => Of(blocks => blocks.Average(block => values[block]));

    /// <summary>The ratio of two sums over blocks; NaN, with no interval, where the denominator cannot be told from zero.</summary>
    /// <param name="numerator">A figure for each block.</param>
    /// <param name="denominator">A figure for each block; its mean's interval has to lie above zero.</param>
    public ConfidenceInterval Ratio(IReadOnlyList<double> numerator, IReadOnlyList<double> denominator)
    {
        var below = Mean(denominator);
        return below.Estimate <= 0 || below.Low <= 0
            ? ShownIntervals.None()
            : Of(blocks => blocks.Sum(block => numerator[block]) / blocks.Sum(block => denominator[block]));
    }

    /// <summary>The mean in each book, in the order of the text.</summary>
    /// <param name="values">A figure for each block.</param>
    public IReadOnlyList<double> ByBook(IReadOnlyList<double> values) => [.. _books.Select(book => book.Average(block => values[block]))];

    /// <summary>The ends in a sentence, <c>, from 0.1 to 0.2</c>; nothing where there are none.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="format">How its ends are written.</param>
    /// <param name="scale">What they are multiplied by, as 100 for per cent.</param>
    /// <param name="unit">What stands after them.</param>
    internal static string Ends(ConfidenceInterval interval, string format, double scale = 1, string unit = "")
    {
        if (!double.IsFinite(interval.Low))
            return "";
        string low = (scale * interval.Low).ToString(format, CultureInfo.InvariantCulture);
        string high = (scale * interval.High).ToString(format, CultureInfo.InvariantCulture);
        return $", from {low} to {high}{unit}";
    }
}
