using MathNet.Numerics.Distributions;

namespace OVPipeline.Core;

/// <summary>Student's interval of the mean of some repeats: fits with other seeds, random permutations, splits.</summary>
public static class MeanInterval
{
    /// <summary>The interval of independent repeats.</summary>
    /// <param name="repeats">At least 2 values.</param>
    /// <param name="level">Level of the interval.</param>
    /// <exception cref="ArgumentException">There are fewer than 2.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not in (0, 1).</exception>
    public static ConfidenceInterval Of(IReadOnlyList<double> repeats, double level = 0.95) => Of(repeats, 0, level);

    /// <summary>
    /// The interval over repeated random splits of the same units. Their training sets overlap, so their results do not vary as
    /// independent ones would: the variance is multiplied by 1 / n + test / train rather than 1 / n (Nadeau and Bengio 2003).
    /// </summary>
    /// <param name="splits">A result for each split, at least 2.</param>
    /// <param name="testShare">The share of units that is held out, in (0, 1).</param>
    /// <param name="level">Level of the interval.</param>
    /// <exception cref="ArgumentException">There are fewer than 2.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The share or the level is not in (0, 1).</exception>
    public static ConfidenceInterval OfSplits(IReadOnlyList<double> splits, double testShare, double level = 0.95)
    {
        if (testShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(testShare), testShare, $"The share held out lies in (0, 1), was {testShare}.");
        return Of(splits, testShare / (1 - testShare), level);
    }

    private static ConfidenceInterval Of(IReadOnlyList<double> values, double overlap, double level)
    {
        ArgumentNullException.ThrowIfNull(values);
        ConfidenceInterval.RequireLevel(level);
        if (values.Count < 2)
            throw new ArgumentException($"At least 2 repeats are needed for an interval, was given {values.Count}.", nameof(values));
        double mean = values.Average(), variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        double half = StudentT.InvCDF(0, 1, values.Count - 1, 0.5 + level / 2) * Math.Sqrt(variance * (1.0 / values.Count + overlap));
        return new(mean, mean - half, mean + half, level);
    }
}
