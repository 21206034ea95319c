namespace OVPipeline.Core.Tests;

/// <summary>
/// Circuits whose byte sums are as far off as the bound on them allows, below the true sum: a column that comes before the label is ruled
/// out as soon as a term of the bound is missing.
/// </summary>
/// <remarks>
/// With a h and b g the scaled vectors, and e and f what rounding changed in them, a byte sum is off by <c>ah.f + e.bg + e.f</c>. All three
/// are as negative as can be where g is minus a multiple of h and both are rounded away from zero. The first 46 columns, long and further
/// from the row, fix the scale; the label and the column before it end a panel at every width, so that nothing else of their tile matters.
/// </remarks>
internal static class RoundingResidual
{
    /// <summary>The label.</summary>
    public const int Label = 46;

    private const int Vocabulary = 96;

    /// <summary>Makes a circuit of equal rows.</summary>
    /// <param name="depth">Terms of a sum, a multiple of four.</param>
    /// <param name="isRowExact">Whether rounding changes next to nothing in the rows; else all their values are alike.</param>
    /// <param name="column">The label's values in units of its bytes: what follows the point is what rounding changes.</param>
    public static TokenCircuit Create(int depth, bool isRowExact, double column)
    {
        double[] whole = Whole(depth);
        return ScoringCases.Of(
            Matrix.Create(Vocabulary, depth, (_, k) => isRowExact ? (float)whole[k] : 1),
            Matrix.Create(depth, Vocabulary, (k, j) => (float)-Value(k, j)));

        double Value(int k, int j) => j switch
        {
            < Label => whole[k],
            Label => column,
            Label + 1 => column - 0.0005,
            _ => column / 2,
        };
    }

    // Integers whose halves' norms are the ones that scaled vectors get, so that scaling leaves them all but as they are.
    private static double[] Whole(int depth)
    {
        double norm = Math.Sqrt(short.MaxValue) - Math.Sqrt(depth / 2.0) / 2, start = Math.Floor(norm / Math.Sqrt(depth / 2.0));
        double[] values = [.. Enumerable.Repeat(start, depth)];
        double squares = depth / 2 * start * start;
        for (int k = 0; squares + start < norm * norm && k < depth; k += 4)
        {
            foreach (int next in new[] { k, k + 2 })
                values[next]++;
            squares += 2 * start + 1;
        }
        return values;
    }
}
