namespace OVPipeline.Core;

/// <summary>
/// Percentile intervals by resampling blocks, for figures over units that are not independent: neighbouring tokens of a text, texts of
/// one book (Efron and Tibshirani 1993; Künsch 1989 for moving blocks). The same seed gives the same interval.
/// </summary>
public static class BlockBootstrap
{
    /// <summary>Resamples given blocks, such as books or stretches of about 2,000 tokens: as many as there are, with replacement.</summary>
    /// <param name="blocks">The blocks; at least 2.</param>
    /// <param name="statistic">The figure, from blocks; called on the given ones for the estimate.</param>
    /// <param name="samples">Resamples.</param>
    /// <param name="level">Level of the interval.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="ArgumentException">There are fewer than 2 blocks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in (0, 1), or there are no resamples.</exception>
    public static ConfidenceInterval OfBlocks<T>(
        IReadOnlyList<T> blocks, Func<IReadOnlyList<T>, double> statistic, int samples = 2000, double level = 0.95, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(statistic);
        if (blocks.Count < 2)
            throw new ArgumentException($"At least 2 blocks are needed to vary over, was given {blocks.Count}.", nameof(blocks));
        var random = new Random(seed);
        var drawn = new T[blocks.Count];
        return Percentiles(statistic(blocks), samples, level, () =>
        {
            for (int i = 0; i < drawn.Length; i++)
                drawn[i] = blocks[random.Next(blocks.Count)];
            return statistic(drawn);
        });
    }

    /// <summary>
    /// Resamples blocks within strata, such as the stretches of each book: of each as many as it has, with replacement. The strata are
    /// held: the interval is for these books and says nothing of others. A stratum of one block varies over nothing.
    /// </summary>
    /// <param name="strata">The blocks of each stratum; at least 2 in one of them, none empty.</param>
    /// <param name="statistic">
    /// The figure, from blocks of all strata, one stratum after the other; called on the given ones for the estimate.
    /// </param>
    /// <param name="samples">Resamples.</param>
    /// <param name="level">Level of the interval.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="ArgumentException">No stratum has 2 blocks, or one is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in (0, 1), or there are no resamples.</exception>
    public static ConfidenceInterval OfStrata<T>(IReadOnlyList<IReadOnlyList<T>> strata, Func<IReadOnlyList<T>, double> statistic,
        int samples = 2000, double level = 0.95, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(strata);
        ArgumentNullException.ThrowIfNull(statistic);
        if (strata.Any(stratum => stratum.Count == 0) || !strata.Any(stratum => stratum.Count > 1))
        {
            const string Needed = "At least 2 blocks of one stratum are needed to vary over, and no stratum may be empty";
            string given = string.Join(", ", strata.Select(stratum => stratum.Count));
            throw new ArgumentException($"{Needed}; was given strata of {given} blocks.", nameof(strata));
        }
        var random = new Random(seed);
        T[] all = [.. strata.SelectMany(stratum => stratum)], drawn = new T[all.Length];
        return Percentiles(statistic(all), samples, level, () =>
        {
            int at = 0;
            foreach (var stratum in strata)
                for (int i = 0; i < stratum.Count; i++)
                    drawn[at++] = stratum[random.Next(stratum.Count)];
            return statistic(drawn);
        });
    }

    /// <summary>Resamples overlapping stretches of a series, each of the same length, up to the length of the series.</summary>
    /// <param name="series">The series, in order.</param>
    /// <param name="blockLength">
    /// Length of a stretch, in [1, half of the series]: long enough that what is further apart is about independent.
    /// </param>
    /// <param name="statistic">The figure, from a series of this length.</param>
    /// <param name="samples">Resamples.</param>
    /// <param name="level">Level of the interval.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="ArgumentOutOfRangeException">The block length or the level is out of range, or there are no resamples.</exception>
    public static ConfidenceInterval Moving<T>(IReadOnlyList<T> series, int blockLength, Func<IReadOnlyList<T>, double> statistic,
        int samples = 2000, double level = 0.95, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(statistic);
        if (blockLength < 1 || blockLength > series.Count / 2)
        {
            string message = $"The block length lies in [1, {series.Count / 2}], half of the series, was {blockLength}.";
            throw new ArgumentOutOfRangeException(nameof(blockLength), blockLength, message);
        }
        var random = new Random(seed);
        var drawn = new T[series.Count];
        return Percentiles(statistic(series), samples, level, () =>
        {
            for (int at = 0; at < drawn.Length;)
                for (int from = random.Next(series.Count - blockLength + 1), i = 0; i < blockLength && at < drawn.Length; i++)
                    drawn[at++] = series[from + i];
            return statistic(drawn);
        });
    }

    private static ConfidenceInterval Percentiles(double estimate, int samples, double level, Func<double> resample)
    {
        ConfidenceInterval.RequireLevel(level);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        var values = new double[samples];
        for (int i = 0; i < samples; i++)
            values[i] = resample();
        Array.Sort(values);
        double At(double share)
        {
            double position = share * (samples - 1);
            int below = (int)position;
            return below + 1 < samples ? values[below] + (position - below) * (values[below + 1] - values[below]) : values[below];
        }
        return new(estimate, At((1 - level) / 2), At((1 + level) / 2), level);
    }
}
