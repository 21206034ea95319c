using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Intervals of text figures: bootstrap over blocks of about 2,000 tokens, within each book. None where there are too few blocks to vary over.</summary>
/// <param name="books">The book of each block.</param>
public sealed class BlockIntervals(IReadOnlyList<int> books)
{
    /// <summary>Blocks below which no interval is shown.</summary>
    public const int FewestBlocks = 5;

    private const int Samples = 1000;

    private readonly int[][] _books = [.. Enumerable.Range(0, books.Count).GroupBy(block => books[block]).Select(book => book.ToArray())];

    /// <summary>What varies, for a table.</summary>
    public string Units => $"{books.Count} blocks of about 2,000 tokens of validation text{(_books.Length > 1 ? $", {_books.Length} books" : "")}; from and to: "
        + (HasIntervals ? $"95 % bootstrap over blocks{(_books.Length > 1 ? " within each book: for these books, not for others" : "")}." : "not given for so few.");

    private bool HasIntervals => books.Count >= FewestBlocks && _books.Any(book => book.Length > 1);

    /// <summary>Any figure of blocks.</summary>
    public ConfidenceInterval Of(Func<IReadOnlyList<int>, double> figure) => HasIntervals
        ? BlockBootstrap.OfStrata(_books, figure, Samples)
        : ShownIntervals.None(figure([.. Enumerable.Range(0, books.Count)]));

    /// <summary>The mean of a figure that every block has.</summary>
    public ConfidenceInterval Mean(IReadOnlyList<double> values) => Of(blocks => blocks.Average(block => values[block]));

    /// <summary>The ratio of two sums over blocks; NaN, with no interval, where the denominator's interval holds zero.</summary>
    public ConfidenceInterval Ratio(IReadOnlyList<double> numerator, IReadOnlyList<double> denominator)
    {
        var below = Mean(denominator);
        return below.Estimate <= 0 || below.Low <= 0
            ? ShownIntervals.None()
            : Of(blocks => blocks.Sum(block => numerator[block]) / blocks.Sum(block => denominator[block]));
    }

    /// <summary>The mean in each book, in order.</summary>
    public IReadOnlyList<double> ByBook(IReadOnlyList<double> values) => [.. _books.Select(book => book.Average(block => values[block]))];

    /// <summary>The ends in a sentence, <c>, from 0.1 to 0.2</c>; nothing where there are none.</summary>
    public static string Ends(ConfidenceInterval interval, string format, double scale = 1, string unit = "") => double.IsFinite(interval.Low)
        ? $", from {(scale * interval.Low).ToString(format, CultureInfo.InvariantCulture)} to {(scale * interval.High).ToString(format, CultureInfo.InvariantCulture)}{unit}"
        : "";
}
