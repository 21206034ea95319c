using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>How a scoring is cut so that what is on the device at a time stays within a budget.</summary>
/// <param name="IsResident">Whether all of G stays on the device; if not, its columns are sent for every block of rows.</param>
/// <param name="Rows">Rows of a block.</param>
/// <param name="Columns">Columns of a tile.</param>
/// <param name="Pairs">Dot products in double precision at a time.</param>
internal sealed record TilePlan(bool IsResident, int Rows, int Columns, int Pairs)
{
    // A logit of a tile and what passes over it take: the logit, a copy of it or its exponential (4 + 4), masks of two comparisons (2), and
    // room for the sums of masks.
    private const int CellBytes = 16;

    // Besides its r values a row takes bounds, counts and sums in double precision, a few hundred bytes, and their copies.
    private const int RowBytes = 2048;

    // Each followed column: its token and logit (8 + 4), twice while a tile is joined, and double precision's products.
    private const int CandidateBytes = 128;

    // A term of a product in double precision: both factors as floats and as doubles (4 + 4 + 8 + 8), and 4 for one that is being sent.
    private const int PairTermBytes = 28;

    // Besides its terms, a product takes four sums, its two indices and a mask.
    private const int PairBytes = 256;

    // Tiles of fewer columns than this are worth fewer rows.
    private const int LeastColumns = 1024;

    // One part in four is for what is taken in double precision.
    private const int PairShare = 4;

    /// <summary>Cuts a scoring.</summary>
    /// <param name="budget">Bytes.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="rank">r.</param>
    /// <param name="candidates">Top columns followed for each row.</param>
    /// <param name="rows">Most rows of a block.</param>
    /// <param name="cells">Most logits of a tile.</param>
    /// <exception cref="InvalidOperationException">Not even one row and one column fit; the message says what is needed.</exception>
    public static TilePlan For(long budget, int vocabulary, int rank, int candidates, int rows, long cells)
    {
        // Bytes of G, of a row, of a pair of a row and a column, and of a column that is sent anew.
        long resident = (long)vocabulary * rank * sizeof(float);
        long row = ((long)rank * sizeof(float)) + RowBytes + ((long)candidates * CandidateBytes);
        long pair = ((long)rank * PairTermBytes) + PairBytes;
        bool isResident = resident <= budget / 2;
        long column = isResident ? 0 : (long)rank * sizeof(float);
        long left = budget - (isResident ? resident : 0);
        long tile = left - (left / PairShare);
        int blockRows = Math.Max(1, rows);
        while (blockRows > 1 && Fitting(blockRows) < Math.Min(vocabulary, LeastColumns))
            blockRows /= 2;
        long columns = Math.Min(Math.Min(Fitting(blockRows), vocabulary), Math.Max(LeastColumns, cells / blockRows));
        long pairs = left / PairShare / pair;
        if (columns < 1 || pairs < 1)
        {
            long least = 2 * PairShare * Math.Max(pair, row + column + CellBytes);
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Scoring at rank {rank:N0} needs a memory budget of at least {least:N0} bytes, it is {budget:N0}."));
        }
        return new(isResident, blockRows, (int)columns, (int)Math.Min(pairs, int.MaxValue));

        // Columns of a tile beside a number of rows.
        long Fitting(int count) => (tile - (count * row)) / ((count * (long)CellBytes) + column);
    }
}
