namespace OVPipeline.Core;

/// <summary>An estimate and the interval around it.</summary>
/// <param name="Estimate">The estimate.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Level">The share of such intervals that hold the true value, such as 0.95.</param>
public readonly record struct ConfidenceInterval(double Estimate, double Low, double High, double Level)
{
    internal static void RequireLevel(double level)
    {
        if (level is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, $"A level lies in (0, 1), was {level}.");
    }

    /// <summary>The standard normal quantile that leaves (1 - level) / 2 above it.</summary>
    internal static double NormalQuantile(double level)
    {
        RequireLevel(level);
        return MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, 0.5 + level / 2);
    }
}
