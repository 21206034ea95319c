namespace OVPipeline.Core;

/// <summary>Wilson's score interval (1927) of a share of independent units.</summary>
public static class WilsonInterval
{
    /// <summary>The interval.</summary>
    /// <param name="successes">Units counted.</param>
    /// <param name="total">All units, at least 1.</param>
    /// <param name="level">Level of the interval.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There are no units, more successes than units, or the level is not in (0, 1).
    /// </exception>
    public static ConfidenceInterval Of(long successes, long total, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, total);
        double z = ConfidenceInterval.NormalQuantile(level), z2 = z * z, share = (double)successes / total;
        double centre = (share + z2 / (2 * total)) / (1 + z2 / total);
        double half = z / (1 + z2 / total) * Math.Sqrt(share * (1 - share) / total + z2 / (4.0 * total * total));
        return new(share, successes == 0 ? 0 : centre - half, successes == total ? 1 : centre + half, level);
    }
}
