using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>How a scoring is cut so that what is on the device at a time stays within a budget.</summary>
/// <param name="IsResident">Whether all of G stays on the device; if not, its columns are sent for every block of rows.</param>
/// <param name="Rows">Rows of a block.</param>
/// <param name="Columns">Columns of a tile.</param>
/// <param name="Pairs">Dot products in double precision at a time.</param>
internal sealed record TilePlan(bool IsResident, int Rows, int Columns, int Pairs)
{
    // A logit, a copy of it, the comparisons and their sum; what a row and a product in double precision take besides their factors.
    private const int CellBytes = 16, RowBytes = 2048, CandidateBytes = 128, PairTermBytes = 28, PairBytes = 256;

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
        long resident = (long)vocabulary * rank * sizeof(float), row = (long)rank * sizeof(float) + RowBytes + (long)candidates * CandidateBytes;
        bool isResident = resident <= budget / 2;
        long left = budget - (isResident ? resident : 0), pair = (long)rank * PairTermBytes + PairBytes;
        long column = isResident ? 0 : (long)rank * sizeof(float), tile = left - left / PairShare;
        long Fitting(int count) => (tile - count * row) / (count * (long)CellBytes + column);
        int blockRows = Math.Max(1, rows);
        while (blockRows > 1 && Fitting(blockRows) < Math.Min(vocabulary, LeastColumns))
            blockRows /= 2;
        long columns = Math.Min(Math.Min(Fitting(blockRows), vocabulary), Math.Max(LeastColumns, cells / blockRows)), pairs = left / PairShare / pair;
        if (columns < 1 || pairs < 1)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"Scoring at rank {rank:N0} needs a memory budget of at least {2 * PairShare * Math.Max(pair, row + column + CellBytes):N0} bytes, it is {budget:N0}."));
        return new(isResident, blockRows, (int)columns, (int)Math.Min(pairs, int.MaxValue));
    }
}
