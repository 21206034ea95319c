namespace OVPipeline.Core;

/// <summary>
/// What composition scores are where heads know nothing of each other: the scores of pairs of random heads, all factors uniform and
/// independent. Their root mean square is close to 1 / sqrt(d_model).
/// </summary>
/// <param name="Mean">Mean score.</param>
/// <param name="StandardDeviation">Its spread from pair to pair.</param>
/// <param name="Samples">Pairs drawn.</param>
public sealed record CompositionBaseline(double Mean, double StandardDeviation, int Samples)
{
    /// <summary>Draws pairs of random heads of given sizes.</summary>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="earlierRank">Inner size of the earlier head's W_OV.</param>
    /// <param name="laterRank">Inner size of what the later head reads with.</param>
    /// <param name="samples">How many pairs; at least 2.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="cancellationToken">Checked before every pair.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there are fewer than 2 samples.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CompositionBaseline Sample(
        int dModel, int earlierRank, int laterRank, int samples = 300, int seed = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dModel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(earlierRank);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(laterRank);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        var random = new Random(seed);
        var scores = new double[samples];
        for (int i = 0; i < samples; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scores[i] = CompositionScores.Of(Head(earlierRank), Head(laterRank));
        }
        double mean = scores.Average();
        return new(mean, Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / (samples - 1)), samples);

        FactoredMatrix Head(int rank) => new(Uniform(dModel, rank), Uniform(rank, dModel));
        Matrix Uniform(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => 2 * random.NextSingle() - 1);
    }
}
