namespace OVPipeline.Core;

/// <summary>How many tokens the summed OV circuit of some heads copies: ranks first in their own rows, of the whole vocabulary.</summary>
/// <param name="Heads">The heads that are summed: one or more.</param>
/// <param name="Copied">Tokens that it ranks first.</param>
/// <param name="Tokens">All tokens, V.</param>
/// <param name="MeanReciprocalRank">
/// Mean of 1 / rank of a token in its own row; of a search (<see cref="CopyingHeads"/>) with ranks behind 10 taken for 0.
/// </param>
public sealed record CopyingCount(IReadOnlyList<HeadIndex> Heads, int Copied, int Tokens, double MeanReciprocalRank)
{
    /// <summary>The share of tokens that it ranks first, in [0, 1].</summary>
    public double Top1 => (double)Copied / Tokens;

    /// <summary>The heads as people write them, <c>1.4 + 1.10</c>.</summary>
    public string Name => string.Join(" + ", Heads);

    /// <summary>
    /// Counts for many sums of heads at once: heads that several sums share are scored once (<see cref="SumScoring.RankSums"/>).
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="sums">The heads of each sum, each once; of any layers.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <returns>A count for each sum, in their order.</returns>
    /// <exception cref="ArgumentException">A sum has no head or one twice, or copying is not defined in the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<CopyingCount> Of(TransformerWeights model, IReadOnlyList<IReadOnlyList<HeadIndex>> sums,
        IScoringEngine? engine = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(model, sums, engine ?? CpuEngine.Shared, SumScoring.Every, cancellationToken);
    }

    /// <summary>The same with ranks behind <paramref name="deepest"/> taken for 0, for which far less is scored.</summary>
    internal static IReadOnlyList<CopyingCount> Of(TransformerWeights model, IReadOnlyList<IReadOnlyList<HeadIndex>> sums,
        IScoringEngine engine, int deepest, CancellationToken cancellationToken)
    {
        return [.. sums.Zip(engine.RankSumsUpTo(CircuitSums.OfHeads(model, sums), deepest, cancellationToken), Count)];

        CopyingCount Count(IReadOnlyList<HeadIndex> heads, int[] ranks)
        {
            double reciprocal = ranks.Sum(rank => rank > deepest ? 0 : 1.0 / rank);
            return new(heads, ranks.Count(rank => rank == 1), ranks.Length, reciprocal / ranks.Length);
        }
    }
}
